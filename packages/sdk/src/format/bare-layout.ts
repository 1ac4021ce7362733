import type { ByteRange } from '../store/object-store.js'
import type { Steps } from '../transfer/fetch-steps.js'
import type { BodyStep, RangePlan } from './object-format.js'

const BLOCK_LENGTH = 16

/** Bytes of ciphertext in a step: a request costs as much time as one or two million of them. */
const STEP_LENGTH = 8 * 1024 * 1024

/** Where things are in a bare ciphertext of a cipher in counter mode: where they are in the plaintext. */
export class BareLayout {
  readonly #length: number | undefined

  /** @param length Of the body, by what OSS says; undefined when it does not. */
  constructor(length: number | undefined) {
    this.#length = length
  }

  whole(): BodyStep {
    const all = { start: 0, end: (this.#length ?? Infinity) - 1 }
    return { ciphertext: all, plaintext: all, endsBody: true }
  }

  cut(stepLength = STEP_LENGTH): Steps<BodyStep> {
    const length = this.#length
    if (length === undefined) return { count: 1, at: () => this.whole() }
    const each = Math.ceil(stepLength / BLOCK_LENGTH) * BLOCK_LENGTH
    return {
      count: Math.max(1, Math.ceil(length / each)),
      at: (index) => {
        const stretch = { start: index * each, end: Math.min((index + 1) * each, length) - 1 }
        return { ciphertext: stretch, plaintext: stretch, endsBody: stretch.end === length - 1 }
      },
    }
  }

  range(range: ByteRange): RangePlan {
    const totalLength = this.#length
    if (totalLength === undefined) throw new RangeError('no range of an object whose length is not known')
    const start = range.start < 0 ? Math.max(0, totalLength + range.start) : range.start
    const end = Math.min(range.end ?? totalLength - 1, totalLength - 1)
    return {
      ciphertext: { start: start - (start % BLOCK_LENGTH), end },
      plaintext: { start, end },
      totalLength,
      endsBody: end === totalLength - 1,
    }
  }

  ask(range: ByteRange): ByteRange {
    return withFirstBlock(range)
  }
}

/** A range with the bytes before it that its first cipher block may have, of an object whose length is not known. */
export function withFirstBlock({ start, end }: ByteRange): ByteRange {
  if (start < 0) return { start: Math.max(start - BLOCK_LENGTH + 1, -Number.MAX_SAFE_INTEGER) }
  return { start: start - (start % BLOCK_LENGTH), end }
}
