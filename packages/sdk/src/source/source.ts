import { OsscryptError } from '../errors.js'

/** Plaintext to be read. */
export interface OpenSource {
  /** Bytes in all, where that is known before they are read. */
  readonly length: number | undefined
  /** Whether {@link read} may be called again. */
  readonly rereadable: boolean
  /** The bytes where they are in memory. */
  readonly bytes?: Uint8Array | undefined
  /** What the Content-Type is derived from when none is given: the file's extension. */
  readonly extension: string | undefined
  /**
   * The bytes from `start` on, in pieces of moderate length, each the reader's until the next is asked for; a source that is not rereadable is read
   * from its start only. Ends at once with the signal's reason when it is aborted.
   */
  read(signal: AbortSignal | undefined, start?: number): AsyncIterable<Uint8Array>
  /**
   * Asserts that the source is, by what its keeper says of it, what it was when it was opened.
   *
   * @throws OsscryptError `SourceChanged`.
   */
  assertUnchanged(): Promise<void>
  /** Ends a stream that has not been read to its end. */
  discard(): void
}

/** The error for a source that is not what it was. */
export function sourceChanged(): OsscryptError {
  return new OsscryptError(
    'SourceChanged',
    'the source changed while it was being encrypted; nothing of the change was stored',
  )
}
