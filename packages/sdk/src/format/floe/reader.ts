import type { ByteSource } from '../../bytes/byte-source.js'
import { mapInOrder, reuseBuffers } from '../../crypto/map-in-order.js'
import { IntegrityError } from '../../errors.js'
import type { FloeCipher } from '../../floe/floe-cipher.js'
import { decryptFloe } from '../../floe/floe-stream.js'
import { FLOE_HEADER_LENGTH, segmentCapacity } from '../../floe/parameters.js'
import type { BodyReader, BodyStep } from '../object-format.js'

/** How long the segments of a body are. */
export interface SegmentLengths {
  /** Number of the last segment; Infinity where the length is not known. */
  readonly finalSegment: number
  /** Bytes of a segment. */
  lengthOf(index: number): number
}

/** Opens the segments of a FLOE body; each is verified when it has come. */
export class FloeReader implements BodyReader {
  readonly #cipher: FloeCipher
  readonly #segments: SegmentLengths

  constructor(cipher: FloeCipher, segments: SegmentLengths) {
    this.#cipher = cipher
    this.#segments = segments
  }

  async *decrypt({ ciphertext, plaintext }: BodyStep, bytes: ByteSource): AsyncGenerator<Uint8Array> {
    if (ciphertext.end === Infinity) {
      yield* decryptFloe(this.#cipher, bytes.rest())
      return
    }
    const { parameters } = this.#cipher
    const { segmentLength } = parameters
    const first = (ciphertext.start - FLOE_HEADER_LENGTH) / segmentLength
    const last = Math.ceil((ciphertext.end + 1 - FLOE_HEADER_LENGTH) / segmentLength) - 1
    let position = first * segmentCapacity(parameters)
    for await (const piece of this.#decryptSegments(first, last, bytes)) {
      const wanted = piece.subarray(Math.max(0, plaintext.start - position), Math.max(0, plaintext.end + 1 - position))
      position += piece.length
      if (wanted.length > 0) yield wanted
    }
  }

  async authenticate(step: BodyStep, bytes: ByteSource): Promise<void> {
    for await (const plaintext of this.decrypt(step, bytes)) plaintext.fill(0)
  }

  decryptRange(plan: BodyStep, bytes: ByteSource): AsyncGenerator<Uint8Array> {
    return this.decrypt(plan, bytes)
  }

  finish(): Promise<void> {
    return Promise.resolve()
  }

  restart(): void {
    // Segments stand by themselves.
  }

  dispose(): void {
    this.#cipher.dispose()
  }

  #decryptSegments(first: number, last: number, bytes: ByteSource): AsyncGenerator<Uint8Array> {
    const { finalSegment } = this.#segments
    return mapInOrder(this.#takeSegments(first, last, bytes), ({ index, segment }) =>
      this.#cipher.decryptSegment(index, segment, index === finalSegment),
    )
  }

  async *#takeSegments(
    first: number,
    last: number,
    bytes: ByteSource,
  ): AsyncGenerator<{ index: number; segment: Uint8Array }> {
    const nextBuffer = reuseBuffers(this.#segments.lengthOf(first))
    for (let index = first; index <= last; index += 1) {
      const segment = nextBuffer().subarray(0, this.#segments.lengthOf(index))
      if ((await bytes.takeInto(segment)) < segment.length) throw new IntegrityError()
      yield { index, segment }
    }
  }
}
