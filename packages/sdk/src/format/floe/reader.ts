import type { ByteSource } from '../../bytes/byte-source.js'
import { concurrencyFor, mapInOrder, reuseBuffers } from '../../crypto/map-in-order.js'
import { IntegrityError } from '../../errors.js'
import type { FloeCipher } from '../../floe/floe-cipher.js'
import { decryptFloe } from '../../floe/floe-stream.js'
import { FLOE_HEADER_LENGTH, segmentCapacity, type FloeParameters } from '../../floe/parameters.js'
import type { BodyReader, BodyStep } from '../object-format.js'

/** Opens the segments of a FLOE body; each is verified when it has come. */
export class FloeReader implements BodyReader {
  readonly #cipher: FloeCipher
  readonly #concurrency: number | undefined

  constructor(cipher: FloeCipher, concurrency: number | undefined) {
    this.#cipher = cipher
    this.#concurrency = concurrency
  }

  async *decrypt(step: BodyStep, bytes: ByteSource, wanted?: number): AsyncGenerator<Uint8Array> {
    const { parameters } = this.#cipher
    const concurrency = concurrencyFor(parameters.segmentLength, wanted ?? this.#concurrency)
    if (step.ciphertext.end === Infinity) {
      yield* decryptFloe(this.#cipher, bytes.rest(), concurrency)
      return
    }
    const { plaintext } = step
    const first = segmentIndex(parameters, step.ciphertext.start)
    let position = first * segmentCapacity(parameters)
    const segments = takeSegments(parameters, step, bytes, concurrency)
    const open = ({ index, segment, last }: TakenSegment) => this.#cipher.decryptSegment(index, segment, last)
    for await (const piece of mapInOrder(segments, open, concurrency)) {
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
}

/** A segment as it came. It is its taker's until it has been worked on; see `mapInOrder`. */
interface TakenSegment {
  readonly index: number
  readonly segment: Uint8Array
  readonly last: boolean
}

/** The segments of a step. */
async function* takeSegments(
  parameters: FloeParameters,
  { ciphertext: { start, end }, endsBody }: BodyStep,
  bytes: ByteSource,
  concurrency: number,
): AsyncGenerator<TakenSegment> {
  const { segmentLength } = parameters
  const nextBuffer = reuseBuffers(Math.min(segmentLength, end + 1 - start), concurrency)
  for (let index = segmentIndex(parameters, start), at = start; at <= end; index += 1, at += segmentLength) {
    const segment = nextBuffer().subarray(0, end + 1 - at)
    if ((await bytes.takeInto(segment)) < segment.length) throw new IntegrityError()
    yield { index, segment, last: endsBody && at + segmentLength > end }
  }
}

/** The number of the segment that starts at an offset of the body. */
function segmentIndex({ segmentLength }: FloeParameters, offset: number): number {
  return (offset - FLOE_HEADER_LENGTH) / segmentLength
}
