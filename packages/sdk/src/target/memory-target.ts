import { allocate } from '#output'
import { OsscryptError } from '../errors.js'
import type { Target, TargetWriter } from './target.js'

/** Plaintext in memory. Its length need not be known beforehand when one writer alone writes. */
export class MemoryTarget implements Target {
  readonly #assertFits: (length: number) => void
  #content: ReturnType<typeof allocate>
  #filled = 0

  /**
   * @param length Bytes that are expected, where that is known.
   * @param assertFits Throws for a length that the caller does not want in memory.
   * @throws OsscryptError `LimitExceeded` when the system does not give as much.
   */
  constructor(length: number | undefined, assertFits: (length: number) => void) {
    this.#assertFits = assertFits
    assertFits(length ?? 0)
    this.#content = allocate(length ?? 0)
  }

  /** What was written, from the first byte to the last. */
  get content(): ReturnType<typeof allocate> {
    return this.#content.subarray(0, this.#filled)
  }

  writeFrom(start: number): TargetWriter {
    let position = start
    return {
      append: (bytes, written) => {
        this.#makeRoom(position + bytes.length)
        this.#content.set(bytes, position)
        position += bytes.length
        this.#filled = Math.max(this.#filled, position)
        written?.(bytes)
        return undefined
      },
      flush: () => Promise.resolve(),
    }
  }

  /** Zeroes what was written: it is not verified, or not wanted. */
  wipe(): void {
    this.#content.fill(0, 0, this.#filled)
  }

  #makeRoom(needed: number): void {
    if (needed <= this.#content.length) return
    this.#assertFits(needed)
    const larger = allocate(Math.max(2 * this.#content.length, needed))
    larger.set(this.content)
    this.#content.fill(0)
    this.#content = larger
  }
}

/** Refuses lengths over a caller's limit. */
export function limitTo(limit: number, what: string): (length: number) => void {
  return (length) => {
    const fits = length <= limit
    if (!fits) throw new OsscryptError('LimitExceeded', `${what} is larger than fits in memory`)
  }
}
