import { engine } from '#crypto-engine'
import { FormatError, IntegrityError } from '../../errors.js'
import { FloeCipher } from '../../floe/floe-cipher.js'
import {
  assertSegmentLength,
  decodeSegmentLength,
  FLOE_HEADER_LENGTH,
  floeParameters,
  plaintextLength,
  segmentCapacity,
  segmentOffset,
  type FloeParameters,
} from '../../floe/parameters.js'
import { mapRange } from '../../floe/range-map.js'
import { encodeCommittedFields, type MessageHeader } from '../../message/header.js'
import type { ByteRange } from '../../store/object-store.js'
import type { Steps } from '../../transfer/fetch-steps.js'
import type { BodyLayout, BodyReader, BodyStep, RangePlan } from '../object-format.js'
import { FloeReader } from './reader.js'

/** Bytes of ciphertext in a step: a request costs as much time as one or two million of them. */
const STEP_LENGTH = 8 * 1024 * 1024

/** Where the segments of a FLOE body are (facts in docs/FORMAT.md, "FLOE objects"). */
export class FloeLayout implements BodyLayout {
  readonly parameters: FloeParameters
  readonly plaintextLength: number | undefined
  readonly #header: MessageHeader
  readonly #preface: Uint8Array
  readonly #objectLength: number | undefined

  /**
   * @param preface The FLOE header.
   * @throws FormatError for other parameters or a segment length out of bounds; IntegrityError when no body has the length that OSS says: it was
   *   cut.
   */
  constructor(header: MessageHeader, preface: Uint8Array, objectLength: number | undefined) {
    if (preface.length < FLOE_HEADER_LENGTH) throw new IntegrityError()
    this.parameters = floeParameters(decodeSegmentLength(preface))
    assertSegmentLength(this.parameters.segmentLength)
    this.#header = header
    this.#preface = preface
    this.#objectLength = objectLength
    this.plaintextLength = objectLength === undefined ? undefined : lengthOf(this.parameters, objectLength)
  }

  /** Number of the last segment; Infinity where the length is not known. */
  get finalSegment(): number {
    if (this.#objectLength === undefined) return Infinity
    return Math.ceil((this.#objectLength - FLOE_HEADER_LENGTH) / this.parameters.segmentLength) - 1
  }

  get sealing() {
    return { format: 'floe', segmentLength: this.parameters.segmentLength } as const
  }

  whole(): BodyStep {
    return this.#step(0, this.finalSegment)
  }

  cut(stepLength = STEP_LENGTH): Steps<BodyStep> {
    const { finalSegment } = this
    if (finalSegment === Infinity) return { count: 1, at: () => this.whole() }
    const segments = Math.max(1, Math.floor(stepLength / this.parameters.segmentLength))
    return {
      count: Math.ceil((finalSegment + 1) / segments),
      at: (index) => this.#step(index * segments, Math.min((index + 1) * segments - 1, finalSegment)),
    }
  }

  range(range: ByteRange): RangePlan {
    const { plaintextLength: totalLength, finalSegment, parameters } = this
    if (totalLength === undefined) throw new RangeError('no range of an object whose length is not known')
    const final = totalLength - 1
    const start = range.start < 0 ? Math.max(0, totalLength + range.start) : range.start
    const end = Math.min(range.end ?? final, final)
    // The last segment is among those that are read where it rests on the length which bytes are meant: the length is verified with it.
    const restsOnLength = range.start < 0 || range.end === undefined || range.end > final
    const map = mapRange(parameters, start, Math.max(start, end))
    const lastSegment = restsOnLength ? finalSegment : map.lastSegment
    const { ciphertext } = this.#step(Math.min(map.firstSegment, lastSegment), lastSegment)
    return { ciphertext, plaintext: { start, end }, totalLength, endsBody: lastSegment === finalSegment }
  }

  ask(range: ByteRange): ByteRange | null {
    if (this.plaintextLength !== undefined) return this.range(range).ciphertext
    const capacity = segmentCapacity(this.parameters)
    const offsetOf = (position: number, segments: number) =>
      segmentOffset(this.parameters, Math.floor(position / capacity) + segments)
    const start = offsetOf(range.start, 0)
    if (range.start < 0 || !Number.isSafeInteger(start)) return null
    const end = range.end === undefined ? Infinity : offsetOf(range.end, 1) - 1
    return Number.isSafeInteger(end) ? { start, end } : { start }
  }

  async open(dataKey: Uint8Array, concurrency?: number): Promise<BodyReader> {
    const cipher = await FloeCipher.open(engine, dataKey, encodeCommittedFields(this.#header), this.#preface)
    return new FloeReader(cipher, concurrency)
  }

  /** The segments from `first` to `last`, both included. */
  #step(first: number, last: number): BodyStep {
    const { parameters } = this
    const capacity = segmentCapacity(parameters)
    return {
      ciphertext: {
        start: segmentOffset(parameters, first),
        end: Math.min(segmentOffset(parameters, last + 1), this.#objectLength ?? Infinity) - 1,
      },
      plaintext: {
        start: first * capacity,
        end: Math.min((last + 1) * capacity, this.plaintextLength ?? Infinity) - 1,
      },
      endsBody: last === this.finalSegment,
    }
  }
}

function lengthOf(parameters: FloeParameters, objectLength: number): number {
  try {
    return plaintextLength(parameters, objectLength)
  } catch (error) {
    if (error instanceof FormatError) throw new IntegrityError()
    throw error
  }
}
