import { isMadeInParts, openBody } from '../../crypto/body-stream.js'
import { FormatError } from '../../errors.js'
import { encodeContext } from '../../message/encryption-context.js'
import type { ByteRange } from '../../store/object-store.js'
import type { Steps } from '../../transfer/fetch-steps.js'
import type { UnverifiedEnvelope } from '../envelope-metadata.js'
import type { BodyLayout, BodyReader, BodyStep, RangePlan } from '../object-format.js'

const BLOCK_LENGTH = 16

/** Bytes of ciphertext in a step: a request costs as much time as one or two million of them. */
const STEP_LENGTH = 8 * 1024 * 1024

/** Where things are in a bare ciphertext: where they are in the plaintext, padding aside. */
export class GcmLayout implements BodyLayout {
  readonly plaintextLength: number | undefined
  readonly sealing = { format: 'gcm' } as const
  readonly #envelope: UnverifiedEnvelope
  readonly #length: number | undefined
  readonly #inParts: boolean

  constructor(envelope: UnverifiedEnvelope, length: number | undefined) {
    this.#envelope = envelope
    this.#length = length
    this.#inParts = isMadeInParts(envelope.header.algorithm, length)
    this.plaintextLength = envelope.header.algorithm.padded ? undefined : length
  }

  whole(): BodyStep {
    const all = { start: 0, end: (this.#length ?? Infinity) - 1 }
    return { ciphertext: all, plaintext: all, endsBody: true }
  }

  cut(stepLength = STEP_LENGTH): Steps<BodyStep> {
    const length = this.#length
    if (length === undefined || !this.#inParts) return { count: 1, at: () => this.whole() }
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
    const { algorithm } = this.#envelope.header
    if (algorithm.mode !== 'GCM') {
      throw new FormatError(`ranges of ${algorithm.name} objects are not supported`, 'UnsupportedAlgorithm')
    }
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

  ask({ start, end }: ByteRange): ByteRange {
    // With the bytes before that its first cipher block may have.
    if (start < 0) return { start: Math.max(start - BLOCK_LENGTH + 1, -Number.MAX_SAFE_INTEGER) }
    return { start: start - (start % BLOCK_LENGTH), end }
  }

  open(dataKey: Uint8Array, concurrency?: number): Promise<BodyReader> {
    const { header, iv, authTag } = this.#envelope
    const { algorithm: suite, encryptionContext } = header
    const cipher = { suite, iv, aad: encodeContext(encryptionContext), authTag: () => authTag }
    return openBody(cipher, dataKey, { length: this.#length, concurrency })
  }
}
