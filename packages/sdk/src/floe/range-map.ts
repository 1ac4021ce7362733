import { FLOE_HEADER_LENGTH, segmentCapacity, segmentOffset, type FloeParameters } from './parameters.js'

/** The segments that hold a range of plaintext, and where they are in the ciphertext. Ends are included. */
export interface SegmentRange {
  readonly firstSegment: number
  readonly lastSegment: number
  /** Where the first of the segments starts in the object. */
  readonly start: number
  /** Where the last of them ends, if it is a full one; the object may end before. */
  readonly end: number
  /** How many bytes of the first segment's plaintext come before the range. */
  readonly skip: number
}

/** Maps the plaintext bytes `start` to `end`, both included, to the segments that hold them. */
export function mapRange(parameters: FloeParameters, start: number, end: number): SegmentRange {
  const capacity = segmentCapacity(parameters)
  const firstSegment = Math.floor(start / capacity)
  const lastSegment = Math.floor(end / capacity)
  return {
    firstSegment,
    lastSegment,
    start: segmentOffset(parameters, firstSegment),
    end: segmentOffset(parameters, lastSegment + 1) - 1,
    skip: start - firstSegment * capacity,
  }
}

/** Whether an object's ciphertext of this length ends with segment `index`. */
export function isLastSegment({ segmentLength }: FloeParameters, index: number, objectLength: number): boolean {
  return objectLength <= FLOE_HEADER_LENGTH + (index + 1) * segmentLength
}
