import type { Cost } from './operation.js'

/** What all objects that are worked on at a time hold together. */
const BUDGET = 48 * 1024 * 1024

/** What one of them holds, however large it is: its parts on their way from OSS and to it. */
const MOST_HELD = 24 * 1024 * 1024

/** So many parts of a large object are on their way at once: there are other objects. */
export const PARALLEL_PARTS = 2

/** Lets objects be worked on as long as there is memory for what they hold; in the order in which they came. Small ones hold next to nothing. */
export class MemoryBudget {
  #free = BUDGET
  readonly #waiting: { readonly bytes: number; readonly begin: () => void }[] = []

  async run<Result>({ bytesDown, bytesUp }: Cost, work: () => Promise<Result>): Promise<Result> {
    const bytes = Math.min(bytesDown + bytesUp, MOST_HELD)
    if (this.#waiting.length > 0 || bytes > this.#free)
      await new Promise<void>((begin) => this.#waiting.push({ bytes, begin }))
    else this.#free -= bytes
    try {
      return await work()
    } finally {
      this.#free += bytes
      this.#beginNext()
    }
  }

  #beginNext(): void {
    for (let next = this.#waiting[0]; next && next.bytes <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#free -= next.bytes
      next.begin()
    }
  }
}
