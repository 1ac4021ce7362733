import type { Progress } from './progress.js'

/** Adds up what has been taken of an object's bytes, on however many connections. */
export class DownloadProgress {
  readonly #progress: Progress | undefined
  readonly #total: number | undefined
  #bytes = 0
  #parts: number | undefined
  /** Told with the next step, so that the last step of a part tells of the part as well. */
  #untold = false

  /** @param total Bytes of the object, where that is known. */
  constructor(progress: Progress | undefined, total: number | undefined) {
    this.#progress = progress
    this.#total = total
  }

  /** So many bytes more. */
  readonly taken = (length: number): void => {
    if (length === 0) return
    this.#tell()
    this.#bytes += length
    this.#untold = true
  }

  /** A part is through. */
  partDone(): void {
    this.#parts = (this.#parts ?? 0) + 1
    this.#tell()
  }

  /** Everything has been taken. */
  end(): void {
    this.#tell(true)
  }

  #tell(ended = false): void {
    // That all bytes are there is told once, with all of the parts.
    if (!this.#untold || (this.#bytes === this.#total && !ended)) return
    this.#untold = false
    this.#progress?.({ bytes: this.#bytes, total: this.#total, parts: this.#parts })
  }
}
