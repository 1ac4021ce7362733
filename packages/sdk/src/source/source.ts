import { OsscryptError } from '../errors.js'

/** Plaintext to be read, in pieces of moderate length. */
export interface OpenSource {
  /** Bytes in all, where that is known before they are read. */
  readonly length: number | undefined
  /** Whether {@link read} may be called again. */
  readonly rereadable: boolean
  /** The bytes where they are in memory. */
  readonly bytes?: Uint8Array | undefined
  /** What the Content-Type is derived from when none is given: a media type, or the extension of a file. */
  readonly mime: string | undefined
  /**
   * The bytes from `start` on; a source that is not rereadable is read from its start only. Of a stream, ends at once with the signal's reason when
   * it is aborted.
   */
  read(signal: AbortSignal | undefined, start?: number): AsyncIterable<Uint8Array>
  /** Whether the source is, by what the file system says of it, what it was when it was opened. */
  isUnchanged(): Promise<boolean>
  /** Frees what was opened; destroys a stream that has not been read to its end. */
  discard(): Promise<void>
}

/** The error for a source that is not read a second time as it was the first. */
export function sourceChanged(): OsscryptError {
  return new OsscryptError('SourceChanged', 'the source changed while it was being encrypted; nothing was stored')
}

/** Asserts that a source is, by what the file system says of it, what it was when it was opened. */
export async function assertUnchanged(source: OpenSource): Promise<void> {
  if (!(await source.isUnchanged())) throw sourceChanged()
}
