import { ByteSource } from '../bytes/byte-source.js'
import { IntegrityError, ServiceError } from '../errors.js'
import type { BindingOptions } from '../format/binding.js'
import type { UnverifiedEnvelope } from '../format/envelope.js'
import { callerMetadata, hasEnvelope } from '../format/envelopes.js'
import type { FormatName } from '../format/format-name.js'
import { loadFormat } from '../format/formats.js'
import type { BodyLayout, BodyReader, Integrity, ObjectFormat } from '../format/object-format.js'
import type { DataKeyProvider } from '../keys/data-key-provider.js'
import type { DecryptOptions } from '../keys/envelope.js'
import type { EncryptionInfo, UnverifiedEncryptionInfo } from '../keys/verified-header.js'
import type { RetryPolicy } from '../retry/retry.js'
import type { SpoolOptions } from '../spool/spool.js'
import type { ByteRange, ObjectStore, StoreAnswer, StoreRequestOptions } from '../store/object-store.js'
import { toHeaders } from '../store/request-headers.js'
import { DownloadProgress } from '../transfer/download-progress.js'
import { fetchObject, type FetchOptions, type ObjectReading } from '../transfer/fetch.js'
import type { Progress } from '../transfer/progress.js'
import type { KnownObjects } from './known-objects.js'
import { findEnvelope } from './find-envelope.js'
import { requireAccepted, type ReaderPolicy } from './reader-policy.js'
import { assertSameObject } from './same-object.js'

/** Options of every read of an object. */
export interface ReadOptions extends DecryptOptions, BindingOptions, ReaderPolicy, StoreRequestOptions {}

/** What a client brings to every one of its operations. */
export interface ClientParts extends SpoolOptions {
  readonly store: ObjectStore
  readonly dataKeys: DataKeyProvider
  readonly retry: RetryPolicy
  readonly idleTimeoutMs: number
  /** How many pieces of an object are encrypted or decrypted at a time. */
  readonly concurrency: number | undefined
  /** What is read where a call says nothing else. */
  readonly policy: ReaderPolicy
  readonly knownObjects: KnownObjects
}

/** What is said of an object beside its content. */
export interface ObjectInfo {
  /** Status and headers that OSS answered with; their lengths and checksums are of the ciphertext. They are not authenticated. */
  readonly res: StoreAnswer
  /** The caller's own user metadata; it is not authenticated. */
  readonly meta: Readonly<Record<string, string>>
  /** What the envelope says: verified, but with integrity `none` of the OSS SDKs' own encryption, which says `unverified: true`. */
  readonly encryption: EncryptionInfo | UnverifiedEncryptionInfo
  /** By how the envelope stands there, and its algorithm. */
  readonly format: FormatName
  /** What the object's format lets a reader know of its content: `whole`, at its end; `segments`, of each part; `none`, nothing. */
  readonly integrity: Integrity
  /** Whether the content that comes with this, or is read through it, is what the holder of the data key wrote. */
  readonly verified: boolean
}

/** An object whose bytes are on their way and whose envelope is acceptable, and not verified yet. */
export interface FoundObject {
  readonly reading: ObjectReading
  readonly envelope: UnverifiedEnvelope
  readonly format: ObjectFormat
}

/** An object whose envelope is verified, and whose body can be read. To be closed. */
export interface OpenedObject {
  readonly reading: ObjectReading
  readonly format: ObjectFormat
  readonly envelope: UnverifiedEnvelope
  readonly info: ObjectInfo
  readonly layout: BodyLayout
  readonly body: BodyReader
  /** Ends the connection and forgets the keys. */
  readonly close: () => void
}

/** An object that was opened at its start. */
export interface OpenedWhole extends OpenedObject {
  /** The bytes from where the body as a whole step starts. */
  readonly bytes: ByteSource
  readonly progress: DownloadProgress
}

/**
 * Finds an object, with one request to OSS where its envelope is in its metadata, and three where it is in its body. KMS is not asked.
 *
 * @throws NotEncryptedError, FormatError, OsscryptError for a format or binding that the caller does not accept; ServiceError. Nothing stays open
 *   then.
 */
export async function findObject(
  parts: ClientParts,
  name: string,
  options: ReadOptions & { readonly range?: ByteRange | undefined },
): Promise<FoundObject> {
  const request = fetchOptions(parts, options, options.range)
  let reading = await fetchObject(parts.store, name, request)
  try {
    const { answer } = reading
    const isBeside = hasEnvelope(answer.headers)
    // A connection that nobody reads from would be held while another one is waited for.
    if (!isBeside) reading.close()
    const envelope = await findEnvelope(parts.store, name, answer, request, options)
    requireAccepted(envelope, name, options, parts.policy)
    if (!isBeside) {
      reading = await fetchObject(parts.store, name, request)
      assertSameObject(name, reading.answer, answer)
    }
    return { reading, envelope, format: await loadFormat(envelope) }
  } catch (error) {
    reading.close()
    throw error
  }
}

/**
 * Gets the data key of an object that was found, verifies its envelope, and opens its body. What it is not ready to read is refused before KMS is asked.
 *
 * @param preface The body's first bytes.
 * @throws FormatError, OsscryptError for what is not acceptable, before KMS is asked; KeyError, IntegrityError, ServiceError. Nothing stays open
 *   then.
 */
export async function openFound(
  parts: ClientParts,
  found: FoundObject,
  preface: Uint8Array,
  options: ReadOptions,
): Promise<OpenedObject> {
  const { reading, envelope, format } = found
  try {
    const { maxPlaintextLength } = envelope.header.algorithm
    const layout = format.layout(envelope, preface, reading.totalLength)
    // No writer made more than the algorithm can count.
    if ((layout.plaintextLength ?? reading.totalLength ?? 0) > maxPlaintextLength) throw new IntegrityError()
    const { encryption, dataKey } = await format.openKey(parts.dataKeys, envelope, options, preface)
    let body: BodyReader
    try {
      body = await layout.open(dataKey, parts.concurrency)
    } finally {
      dataKey.fill(0)
    }
    const { answer } = reading
    const integrity = format.integrity(envelope.header.algorithm)
    return {
      reading,
      format,
      envelope,
      info: {
        res: answer,
        meta: callerMetadata(answer.headers),
        encryption,
        format: format.name,
        integrity,
        verified: integrity !== 'none',
      },
      layout,
      body,
      close: () => {
        body.dispose()
        reading.close()
      },
    }
  } catch (error) {
    reading.close()
    throw error
  }
}

/** Finds an object and opens it to be read as a whole; see {@link findObject} and {@link openFound}. */
export async function openWhole(
  parts: ClientParts,
  name: string,
  options: ReadOptions & { readonly progress?: Progress | undefined },
): Promise<OpenedWhole> {
  const found = await findObject(parts, name, options)
  const { reading, format } = found
  const progress = new DownloadProgress(options.progress, reading.totalLength)
  const bytes = new ByteSource(reading.read(), progress.taken)
  try {
    if (reading.offset !== 0) {
      throw new ServiceError('BadAnswer', 'OSS did not answer from the start', { service: 'oss' })
    }
    const preface = format.prefaceLength > 0 ? await bytes.takeUpTo(format.prefaceLength) : new Uint8Array(0)
    const opened = await openFound(parts, found, preface, options)
    await bytes.skip(opened.layout.whole().ciphertext.start - preface.length)
    return { ...opened, bytes, progress }
  } catch (error) {
    reading.close()
    throw error
  }
}

/** How objects are fetched for a caller. */
export function fetchOptions(
  { retry, idleTimeoutMs }: ClientParts,
  options: StoreRequestOptions,
  range?: ByteRange,
): FetchOptions {
  const { headers, versionId, signal } = storeOptions(options)
  return { retry, idleTimeoutMs, headers, versionId, signal, range }
}

/** The part of a reader's options that goes with the request; what would change which bytes come is refused. */
export function storeOptions({ headers = {}, versionId, signal }: StoreRequestOptions): StoreRequestOptions {
  const sent = toHeaders(headers)
  const range = Object.keys(sent).find((header) => /^(range|if-range|x-oss-range-behavior)$/.test(header))
  if (range !== undefined) throw new TypeError(`header ${range}: a part of an object is read with getRange`)
  if ('accept-encoding' in sent)
    throw new TypeError('header accept-encoding: what OSS compresses is not the ciphertext that was stored')
  return { headers: sent, versionId, signal }
}
