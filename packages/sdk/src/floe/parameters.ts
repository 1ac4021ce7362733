import { decodeUint32, encodeUint32 } from '../bytes/big-endian.js'
import { concatBytes } from '../bytes/concat.js'
import { FormatError } from '../errors.js'

// FLOE (c2sp.org/FLOE) with AES-256-GCM, HKDF-Expand-SHA-384 and an iv of 32 bytes: only the segment length varies.

/** Bytes of a FLOE header: parameters, iv, tag. */
export const FLOE_HEADER_LENGTH = 74

/** Bytes that a segment is longer than its plaintext: marker, nonce, tag. */
export const SEGMENT_OVERHEAD = 32

/** Bytes of FLOE's iv. */
export const FLOE_IV_LENGTH = 32

/** The encrypted segment length of new objects. */
export const DEFAULT_SEGMENT_LENGTH = 1024 * 1024

/** Segments that are taken from an object: not so small that overhead rules, not so large that one fills the memory. */
const MIN_SEGMENT_LENGTH = 1024
const MAX_SEGMENT_LENGTH = 16 * 1024 * 1024

/** The specification's limit on segments. */
const MAX_SEGMENTS = 2 ** 40

/** How a message is cut into segments. */
export interface FloeParameters {
  /** Bytes of every segment but the last, overhead included. */
  readonly segmentLength: number
  /** The content key changes every 2^rotationBits segments: 20 always, but in known-answer tests. */
  readonly rotationBits: number
}

/**
 * The parameters with a segment length.
 *
 * @throws RangeError when a segment would have no room for plaintext, or its length none in the header.
 */
export function floeParameters(segmentLength: number, rotationBits = 20): FloeParameters {
  if (!(Number.isSafeInteger(segmentLength) && segmentLength > SEGMENT_OVERHEAD && segmentLength < 2 ** 32)) {
    throw new RangeError(`a FLOE segment has more than ${String(SEGMENT_OVERHEAD)} and less than 2^32 bytes`)
  }
  return { segmentLength, rotationBits }
}

/**
 * Asserts that a segment length is one that this project reads and writes.
 *
 * @throws FormatError `LimitExceeded`.
 */
export function assertSegmentLength(segmentLength: number): void {
  if (!(segmentLength >= MIN_SEGMENT_LENGTH && segmentLength <= MAX_SEGMENT_LENGTH)) {
    throw new FormatError(
      `FLOE segments of ${String(segmentLength)} bytes: from ${String(MIN_SEGMENT_LENGTH)} to ${String(MAX_SEGMENT_LENGTH)} are taken`,
      'LimitExceeded',
    )
  }
}

/** The parameters as they start a header and go into every derived key: algorithm ids 0 and 0, segment length, iv length. */
export function encodeParameters({ segmentLength }: FloeParameters): Uint8Array {
  return concatBytes(Uint8Array.of(0, 0), encodeUint32(segmentLength), encodeUint32(FLOE_IV_LENGTH))
}

/**
 * The segment length that a header names, unverified.
 *
 * @throws FormatError when the header is of another length or has other parameters than the one set this project knows;
 *   `LimitExceeded` when its segments have no room for plaintext.
 */
export function decodeSegmentLength(header: Uint8Array): number {
  const known =
    header.length === FLOE_HEADER_LENGTH &&
    header[0] === 0 &&
    header[1] === 0 &&
    decodeUint32(header, 6) === FLOE_IV_LENGTH
  if (!known) throw new FormatError('not a FLOE header with the parameters of this project')
  const segmentLength = decodeUint32(header, 2)
  if (segmentLength <= SEGMENT_OVERHEAD)
    throw new FormatError(`FLOE segments of ${String(segmentLength)} bytes have no room for plaintext`, 'LimitExceeded')
  return segmentLength
}

/** Plaintext bytes of every segment but the last. */
export function segmentCapacity({ segmentLength }: FloeParameters): number {
  return segmentLength - SEGMENT_OVERHEAD
}

/** How many segments a plaintext takes: one even when it is empty. */
export function segmentCount(parameters: FloeParameters, plaintextLength: number): number {
  return Math.max(1, Math.ceil(plaintextLength / segmentCapacity(parameters)))
}

/** Bytes of header and segments for a plaintext. */
export function ciphertextLength(parameters: FloeParameters, plaintextLength: number): number {
  return FLOE_HEADER_LENGTH + plaintextLength + SEGMENT_OVERHEAD * segmentCount(parameters, plaintextLength)
}

/**
 * Bytes of plaintext in header and segments of that length.
 *
 * @throws FormatError when no plaintext has that ciphertext.
 */
export function plaintextLength({ segmentLength }: FloeParameters, length: number): number {
  const body = length - FLOE_HEADER_LENGTH
  const segments = Math.ceil(body / segmentLength)
  const lastLength = body - (segments - 1) * segmentLength
  if (!(segments >= 1 && segments <= MAX_SEGMENTS && lastLength >= SEGMENT_OVERHEAD)) {
    throw new FormatError('no FLOE message has this length')
  }
  return body - SEGMENT_OVERHEAD * segments
}

/** Where segment `index` starts, header included. */
export function segmentOffset({ segmentLength }: FloeParameters, index: number): number {
  return FLOE_HEADER_LENGTH + index * segmentLength
}
