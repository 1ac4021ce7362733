import type { SpoolOptions } from '../io/spool.js'
import type { ObjectPart, SendingOptions } from './object-part.js'
import type { UploadBody } from './object-store.js'

/** An object's ciphertext, ready to be sent. However often it is sent, no key stream meets two plaintexts. */
export interface EncryptedObject {
  /** Of the body; empty with FLOE. */
  readonly iv: Uint8Array
  readonly authTag: Uint8Array
  /** The start of a FLOE body; empty with GCM. */
  readonly floeHeader: Uint8Array
  /** Bytes in all; undefined for a stream that has not ended yet. */
  readonly length: number | undefined
  /** CRC-64 of all of it, where it is known before it is sent, as OSS writes it. */
  readonly crc64: string | undefined
  /** All of it, to be sent in one request. A stream that has not ended yet can be sent once only. */
  readonly whole: () => Whole
  /** All of it in parts, in their order; once. */
  parts(): AsyncIterable<ObjectPart>
  /** Asserts, before it becomes an object, that it is of one piece: that the source is what it was. */
  assertWhole(): Promise<void>
  /** Frees what holds the bytes. Must be called. */
  readonly dispose: () => Promise<void>
}

/** An object's ciphertext as the body of one request. */
export interface Whole {
  readonly body: UploadBody
  /** CRC-64 of the bytes that were last read to their end; undefined when it was not asked for. */
  readonly crc64: () => string | undefined
}

/** How an object is encrypted. */
export interface EncryptObjectOptions extends SpoolOptions, SendingOptions {
  /** Bytes of a part; see `part-plan.ts` for what becomes of it, and for the default. */
  readonly partLength?: number | undefined
  readonly signal?: AbortSignal | undefined
}
