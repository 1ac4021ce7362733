import { OsscryptError } from '../errors.js'

/** What the platform says of a file, by which it is told from what it is after a change. */
export type SourceIdentity = Readonly<Record<string, string | number>>

/** A file that can be found again by another call. */
export interface SourceFile {
  /** Its absolute path; in a browser, which tells of none, its name. */
  readonly path: string
  readonly identity: SourceIdentity
}

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
  /** Of a file that its caller named. */
  readonly file?: SourceFile | undefined
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

/** Whether two looks at a file saw the same. */
export function sameIdentity(left: SourceIdentity, right: SourceIdentity): boolean {
  return Object.keys({ ...left, ...right }).every((field) => left[field] === right[field])
}

export function isSourceIdentity(value: unknown): value is SourceIdentity {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).length > 0 &&
    Object.values(value).every((said) => typeof said === 'string' || typeof said === 'number')
  )
}
