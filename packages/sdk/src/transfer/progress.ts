/** How far a transfer is. */
export interface ProgressStep {
  /** Bytes of ciphertext so far. */
  readonly bytes: number
  /** Bytes of the whole object, where that is known. */
  readonly total: number | undefined
  /** Parts that are through, where the object goes in several. */
  readonly parts?: number | undefined
}

/** Called as bytes are on their way; those of an attempt that failed are counted again. */
export type Progress = (step: ProgressStep) => void

/** Adds up how far the parts of an upload are. */
export class UploadProgress {
  readonly #progress: Progress | undefined
  readonly #total: number | undefined
  readonly #bytesOf = new Map<number, number>()
  readonly #complete = new Set<number>()
  #bytes = 0

  /** @param total Bytes of the whole object, where that is known. */
  constructor(progress: Progress | undefined, total: number | undefined) {
    this.#progress = progress
    this.#total = total
  }

  /** So many bytes of a part have been sent; a part that is begun again starts with 0. */
  report(number: number, bytes: number, length: number | undefined): void {
    this.#bytes += bytes - (this.#bytesOf.get(number) ?? 0)
    this.#bytesOf.set(number, bytes)
    if (bytes === length) this.#complete.add(number)
    else this.#complete.delete(number)
    const parts = this.#bytesOf.size > 1 ? this.#complete.size : undefined
    this.#progress?.({ bytes: this.#bytes, total: this.#total, parts })
  }
}
