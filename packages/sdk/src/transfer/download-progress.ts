import type { Progress } from './progress.js'

/** Adds up what has come of an object, on however many connections. */
export class DownloadProgress {
  readonly #progress: Progress | undefined
  readonly #total: number | undefined
  #bytes = 0
  #parts: number | undefined

  /** @param total Bytes of the object, where that is known. */
  constructor(progress: Progress | undefined, total: number | undefined) {
    this.#progress = progress
    this.#total = total
  }

  /** Passes bytes on, and counts them. */
  async *watch(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      yield chunk
      this.#bytes += chunk.length
      this.#report()
    }
  }

  /** A part is through. */
  partDone(): void {
    this.#parts = (this.#parts ?? 0) + 1
    this.#report()
  }

  #report(): void {
    // A connection that gives several parts brings more than is taken of it.
    const bytes = Math.min(this.#bytes, this.#total ?? Infinity)
    this.#progress?.({ bytes, total: this.#total, parts: this.#parts })
  }
}
