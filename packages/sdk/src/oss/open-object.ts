import { IntegrityError } from '../errors.js'
import type { DataKeyProvider } from '../keys/data-key-provider.js'
import { openEnvelope, type DecryptOptions } from '../keys/envelope.js'
import { describeHeader, type EncryptionInfo } from '../keys/verified-header.js'
import type { RetryPolicy } from '../retry/retry.js'
import type { BindingOptions } from './binding.js'
import { callerMetadata, decodeEnvelope, type ObjectEnvelope, type UnverifiedEnvelope } from './envelope-metadata.js'
import { peekFloeHeader } from './floe-body.js'
import type { ByteRange, ObjectStore, StoreAnswer, StoreRequestOptions } from './object-store.js'
import { readObject, type ObjectReading, type ReadObjectOptions } from './read-object.js'
import { toHeaders } from './request-headers.js'
import { requireAccepted, type ReaderPolicy } from './reader-policy.js'
import type { SpoolOptions } from '../io/spool.js'

/** Options of every read of an object. */
export interface ReadOptions extends DecryptOptions, BindingOptions, ReaderPolicy, StoreRequestOptions {}

/** What a client brings to every one of its operations. */
export interface ClientParts extends SpoolOptions {
  readonly store: ObjectStore
  readonly dataKeys: DataKeyProvider
  readonly retry: RetryPolicy
  readonly idleTimeoutMs: number
  /** What is read where a call says nothing else. */
  readonly policy: ReaderPolicy
}

/** What is said of an object beside its content. */
export interface ObjectInfo {
  /** Status and headers that OSS answered with; their lengths and checksums are of the ciphertext. They are not authenticated. */
  readonly res: StoreAnswer
  /** The caller's own user metadata; it is not authenticated. */
  readonly meta: Readonly<Record<string, string>>
  /** What the envelope says, verified. */
  readonly encryption: EncryptionInfo
}

/** An object whose bytes are on their way and whose envelope is acceptable, and not verified yet. */
export interface FoundObject {
  readonly reading: ObjectReading
  readonly envelope: UnverifiedEnvelope
}

/** An object whose bytes are on their way and whose data key is at hand. Its envelope is verified; the bytes are not. */
export interface OpenedObject {
  readonly reading: ObjectReading
  readonly envelope: ObjectEnvelope
  readonly info: ObjectInfo
  /** Zeroed by whoever opened the object. */
  readonly dataKey: Uint8Array
  /** With FLOE: the first 74 bytes of the body, verified. */
  readonly floeHeader: Uint8Array | undefined
}

/**
 * Finds an object with one request to OSS. KMS is not asked.
 *
 * @throws NotEncryptedError, FormatError, OsscryptError for a format or binding that the caller does not accept; ServiceError. Nothing stays open
 *   then.
 */
export async function findObject(
  parts: ClientParts,
  name: string,
  options: ReadOptions & { readonly range?: ByteRange | undefined },
): Promise<FoundObject> {
  const reading = await readObject(parts.store, name, readingOptions(parts, options, options.range))
  try {
    const envelope = decodeEnvelope(name, reading.answer.headers, options)
    requireAccepted(envelope.header, name, options, parts.policy)
    return { reading, envelope }
  } catch (error) {
    reading.discard()
    throw error
  }
}

/**
 * Gets the data key of an object that was found, and verifies the envelope with it.
 *
 * @param floeHeader The first 74 bytes of a FLOE body; taken from the start of what comes where they are not known.
 * @throws OsscryptError for what the caller does not accept, before the provider is asked; KeyError, IntegrityError, ServiceError. Nothing
 *   stays open then.
 */
export async function unlockObject(
  parts: ClientParts,
  found: FoundObject,
  options: ReadOptions,
  floeHeader?: Uint8Array,
): Promise<OpenedObject> {
  let { reading } = found
  let start = floeHeader
  const readFloeHeader = async () => {
    if (start) return start
    const peeked = await peekFloeHeader(reading)
    reading = peeked.reading
    return (start = peeked.floeHeader)
  }
  try {
    const { mode, maxPlaintextLength } = found.envelope.header.algorithm
    // No writer made more than the algorithm can count.
    if (mode === 'GCM' && (reading.totalLength ?? 0) > maxPlaintextLength) throw new IntegrityError()
    const { header, dataKey } = await openEnvelope(parts.dataKeys, found.envelope.header, options, readFloeHeader)
    const { answer } = reading
    const info = { res: answer, meta: callerMetadata(answer.headers), encryption: describeHeader(header) }
    return { reading, envelope: { ...found.envelope, header }, info, dataKey, floeHeader: start }
  } catch (error) {
    reading.discard()
    throw error
  }
}

/** Finds an object and gets its data key, as {@link findObject} and {@link unlockObject}. */
export async function openObject(
  parts: ClientParts,
  name: string,
  options: ReadOptions & { readonly range?: ByteRange | undefined },
): Promise<OpenedObject> {
  return unlockObject(parts, await findObject(parts, name, options), options)
}

/** How objects are read for a caller. */
export function readingOptions(
  { retry, idleTimeoutMs }: ClientParts,
  options: StoreRequestOptions,
  range?: ByteRange,
): ReadObjectOptions {
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
