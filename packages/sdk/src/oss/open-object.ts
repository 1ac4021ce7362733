import type { DataKeyProvider } from '../keys/data-key-provider.js'
import { describeHeader, openEnvelope, type DecryptOptions, type EncryptionInfo } from '../keys/envelope.js'
import type { RetryPolicy } from '../retry/retry.js'
import { checkBinding, type BindingOptions } from './binding.js'
import { callerMetadata, decodeEnvelope, type ObjectEnvelope } from './envelope-metadata.js'
import type { ByteRange, ObjectStore, StoreAnswer, StoreRequestOptions } from './object-store.js'
import { readObject, type ObjectReading, type ReadObjectOptions } from './read-object.js'
import { toHeaders } from './request-headers.js'
import type { SpoolOptions } from '../io/spool.js'

/** Options of every read of an object. */
export interface ReadOptions extends DecryptOptions, BindingOptions, StoreRequestOptions {}

/** What a client brings to every one of its operations. */
export interface ClientParts extends SpoolOptions {
  readonly store: ObjectStore
  readonly dataKeys: DataKeyProvider
  readonly retry: RetryPolicy
  readonly idleTimeoutMs: number
}

/** What is said of an object beside its content. */
export interface ObjectInfo {
  /** Status and headers that OSS answered with; their lengths and checksums are of the ciphertext. */
  readonly res: StoreAnswer
  /** The caller's own user metadata; it is not authenticated. */
  readonly meta: Readonly<Record<string, string>>
  /** What the envelope says. */
  readonly encryption: EncryptionInfo
}

/** An object whose bytes are on their way and whose envelope is acceptable, and not verified yet. */
export interface FoundObject {
  readonly reading: ObjectReading
  readonly envelope: ObjectEnvelope
  readonly info: ObjectInfo
}

/** An object whose bytes are on their way and whose data key is at hand. */
export interface OpenedObject extends FoundObject {
  /** Zeroed by whoever opened the object. */
  readonly dataKey: Uint8Array
}

/**
 * Finds an object with one request to OSS. KMS is not asked.
 *
 * @throws NotEncryptedError, FormatError, OsscryptError for a binding that the caller does not accept; ServiceError. Nothing stays open then.
 */
export async function findObject(
  parts: ClientParts,
  name: string,
  options: ReadOptions & { readonly range?: ByteRange | undefined },
): Promise<FoundObject> {
  const reading = await readObject(parts.store, name, readingOptions(parts, options, options.range))
  try {
    const envelope = decodeEnvelope(name, reading.answer.headers, options)
    checkBinding(envelope.header.encryptionContext, name, options)
    const info = {
      res: reading.answer,
      meta: callerMetadata(reading.answer.headers),
      encryption: describeHeader(envelope.header),
    }
    return { reading, envelope, info }
  } catch (error) {
    reading.discard()
    throw error
  }
}

/**
 * Gets the data key of an object that was found. When this resolves, the envelope is verified (with FLOE: when its body is opened); the bytes are
 * not.
 *
 * @throws OsscryptError for what the caller does not accept, before the provider is asked; KeyError, IntegrityError, ServiceError. Nothing
 *   stays open then.
 */
export async function unlockObject(
  parts: ClientParts,
  found: FoundObject,
  options: ReadOptions,
): Promise<OpenedObject> {
  try {
    return { ...found, dataKey: await openEnvelope(parts.dataKeys, found.envelope.header, options) }
  } catch (error) {
    found.reading.discard()
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
