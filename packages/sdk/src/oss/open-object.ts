import type { DataKeyProvider } from '../keys/data-key-provider.js'
import { describeHeader, openEnvelope, type DecryptOptions, type EncryptionInfo } from '../keys/envelope.js'
import type { RetryPolicy } from '../retry/retry.js'
import { checkBinding, type BindingOptions } from './binding.js'
import { callerMetadata, decodeEnvelope, type ObjectEnvelope } from './envelope-metadata.js'
import type { ByteRange, ObjectStore, StoreAnswer, StoreRequestOptions } from './object-store.js'
import { readObject, type ObjectReading } from './read-object.js'
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

/** An object whose envelope is verified and whose bytes are on their way. */
export interface OpenedObject {
  readonly reading: ObjectReading
  readonly envelope: ObjectEnvelope
  /** Zeroed by whoever opened the object. */
  readonly dataKey: Uint8Array
  readonly info: ObjectInfo
}

/**
 * Opens an object with one request to OSS, and its data key. When this returns, the envelope is verified; the bytes are not.
 *
 * @throws NotEncryptedError, FormatError, OsscryptError for what the caller does not accept, before the provider is asked; KeyError,
 *   IntegrityError, ServiceError. Nothing stays open then.
 */
export async function openObject(
  parts: ClientParts,
  name: string,
  options: ReadOptions & { readonly range?: ByteRange | undefined },
): Promise<OpenedObject> {
  const reading = await readObject(parts.store, name, { ...parts, ...storeOptions(options), range: options.range })
  try {
    const envelope = decodeEnvelope(name, reading.answer.headers, options)
    checkBinding(envelope.header.encryptionContext, name, options)
    const dataKey = await openEnvelope(parts.dataKeys, envelope.header, options)
    const info = {
      res: reading.answer,
      meta: callerMetadata(reading.answer.headers),
      encryption: describeHeader(envelope.header),
    }
    return { reading, envelope, dataKey, info }
  } catch (error) {
    reading.discard()
    throw error
  }
}

/** The part of a reader's options that goes with the request; what would change which bytes come is refused. */
export function storeOptions({ headers = {}, versionId, signal }: StoreRequestOptions): StoreRequestOptions {
  const range = Object.keys(headers).find((header) => /^(range|if-range|x-oss-range-behavior)$/i.test(header))
  if (range !== undefined) throw new TypeError(`header ${range}: a part of an object is read with getRange`)
  return { headers, versionId, signal }
}
