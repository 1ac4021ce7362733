/** A stretch of an object's ciphertext, or all of it. It may be sent as often as it takes. */
export interface SealedPart {
  /** 1 to 10000. */
  readonly number: number
  readonly length: number
  /** The bytes where they are in memory anyway. */
  readonly bytes?: Uint8Array | undefined
  /** The bytes from the part's start; the same number of them each time. */
  open(): AsyncIterable<Uint8Array>
  /** Frees what holds the bytes. Must be called. */
  dispose(): Promise<void>
}

/** All of an object's ciphertext, for one request. */
export interface SealedWhole {
  /** undefined for a stream that has not ended yet. */
  readonly length: number | undefined
  /** Whether it can be opened again: a stream that has not ended yet is sent once only. */
  readonly rereadable: boolean
  readonly bytes?: Uint8Array | undefined
  open(): AsyncIterable<Uint8Array>
}

/** What is kept of an upload, so that another process can seal the same source again, and show that it is the same. Nothing of it is secret. */
export type ResumeProof = Readonly<Record<string, Uint8Array>>

/**
 * An object's ciphertext on its way out: all that is known here of a format. However often it is sent, no key stream meets two plaintexts, and what
 * reading a source that has changed gives is an error.
 */
export interface SealedObject {
  /** The headers that hold the envelope, iv and tag included. */
  readonly metadata: Readonly<Record<string, string>>
  /** The headers that an upload in parts is begun with beside those, and that each part is sent with, where the format wants any. */
  readonly partMetadata?: Readonly<Record<string, string>> | undefined
  /** Bytes in all; undefined for a stream that has not ended yet. */
  readonly length: number | undefined
  /** All of it, to be sent in one request. */
  whole(): SealedWhole
  /** All of it in parts, in their order; once. Where the length is known, parts may be opened in any order. */
  parts(): AsyncIterable<SealedPart>
  readonly proof: ResumeProof
  /**
   * Asserts, when all of it has been sent and before it becomes an object, that the source is what it was.
   *
   * @throws OsscryptError `SourceChanged`.
   */
  assertWhole(): Promise<void>
  /** Frees what holds the bytes, and forgets the keys. Must be called; nothing can be opened afterwards. */
  dispose(): Promise<void>
}
