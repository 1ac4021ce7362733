import type { ByteSource } from '../bytes/byte-source.js'
import { FormatError, IntegrityError } from '../errors.js'
import type { FloeCipher } from '../floe/floe-cipher.js'
import {
  decodeSegmentLength,
  FLOE_HEADER_LENGTH,
  floeParameters,
  plaintextLength,
  segmentCapacity,
  segmentOffset,
  type FloeParameters,
} from '../floe/parameters.js'
import { mapRange } from '../floe/range-map.js'
import type { KnownFloeObject, UnverifiedFloeFacts } from './floe-headers.js'
import type { ByteRange } from './object-store.js'

/** Which segments of an object a range of its plaintext takes, and where they are. Ends are included. */
export interface FloeRangePlan {
  /** The plaintext bytes; `end` before `start` where there are none of those asked for. */
  readonly start: number
  readonly end: number
  /** Bytes of all of the plaintext, by what OSS says. */
  readonly totalLength: number
  readonly firstSegment: number
  readonly lastSegment: number
  /** The object's last segment. */
  readonly finalSegment: number
  /** Where the segments are in the object. */
  readonly ciphertext: { readonly start: number; readonly end: number }
  /** Bytes of the object. */
  readonly objectLength: number
}

/**
 * Plans to read a range. Where it rests on the object's length which bytes are meant (a range from the end, to the end, or beyond it), the last
 * segment is among those that are read, so that the length is verified with it.
 *
 * @throws IntegrityError when no object has the length that OSS says: it was cut.
 */
export function planFloeRange(
  known: Pick<UnverifiedFloeFacts, 'floeHeader' | 'totalLength'>,
  range: ByteRange,
): FloeRangePlan {
  const parameters = floeParameters(decodeSegmentLength(known.floeHeader))
  const totalLength = lengthOf(parameters, known.totalLength)
  const final = totalLength - 1
  const start = range.start < 0 ? Math.max(0, totalLength + range.start) : range.start
  const end = Math.min(range.end ?? final, final)
  const restsOnLength = range.start < 0 || range.end === undefined || range.end > final

  const finalSegment = Math.ceil((known.totalLength - FLOE_HEADER_LENGTH) / parameters.segmentLength) - 1
  const map = mapRange(parameters, start, Math.max(start, end))
  const lastSegment = restsOnLength ? finalSegment : map.lastSegment
  const firstSegment = Math.min(map.firstSegment, lastSegment)
  const ciphertext = {
    start: segmentOffset(parameters, firstSegment),
    end: Math.min(segmentOffset(parameters, lastSegment + 1), known.totalLength) - 1,
  }
  const objectLength = known.totalLength
  return { start, end, totalLength, firstSegment, lastSegment, finalSegment, ciphertext, objectLength }
}

/**
 * What to ask OSS for, to read a range with one request.
 *
 * @returns null where that rests on the object's length, which nobody has verified yet.
 */
export function askForRange({ floeHeader, verifiedLength }: KnownFloeObject, range: ByteRange): ByteRange | null {
  if (verifiedLength !== undefined) return planFloeRange({ floeHeader, totalLength: verifiedLength }, range).ciphertext
  const parameters = floeParameters(decodeSegmentLength(floeHeader))
  const offsetOf = (position: number, segments: number) =>
    segmentOffset(parameters, Math.floor(position / segmentCapacity(parameters)) + segments)
  const start = offsetOf(range.start, 0)
  if (range.start < 0 || !Number.isSafeInteger(start)) return null
  const end = range.end === undefined ? Infinity : offsetOf(range.end, 1) - 1
  return Number.isSafeInteger(end) ? { start, end } : { start }
}

/**
 * Decrypts a range.
 *
 * @param source Gives the planned segments from their start.
 * @returns the plaintext that was asked for, each piece verified; that it is all of it is known at the end.
 * @throws IntegrityError.
 */
export async function* decryptFloeRange(
  cipher: FloeCipher,
  source: ByteSource,
  plan: FloeRangePlan,
): AsyncGenerator<Uint8Array> {
  const { parameters } = cipher
  const capacity = segmentCapacity(parameters)
  const held = new Uint8Array(Math.min(parameters.segmentLength, plan.objectLength))
  for (let index = plan.firstSegment; index <= plan.lastSegment; index += 1) {
    const last = index === plan.finalSegment
    const length = last ? plan.objectLength - segmentOffset(parameters, index) : parameters.segmentLength
    const segment = held.subarray(0, length)
    if ((await source.takeInto(segment)) < length) throw new IntegrityError()
    let offset = index * capacity
    for (const piece of await cipher.decryptSegmentInPieces(index, segment, last)) {
      const wanted = piece.subarray(Math.max(0, plan.start - offset), Math.max(0, plan.end + 1 - offset))
      offset += piece.length
      if (wanted.length > 0) yield wanted
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
