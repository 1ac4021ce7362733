/**
 * FLOE messages by themselves: segments that are verified one by one, under a key that the caller has.
 *
 * @packageDocumentation
 * @module osscrypt/floe
 */
import { engine } from '#crypto-engine'
import { FloeCipher } from './floe/floe-cipher.js'
import { DEFAULT_SEGMENT_LENGTH, floeParameters } from './floe/parameters.js'
import { assertOptions, type OptionNames } from './options.js'

export type { FloeCipher } from './floe/floe-cipher.js'
export { decryptFloe, encryptFloe } from './floe/floe-stream.js'
export {
  ciphertextLength,
  FLOE_HEADER_LENGTH,
  plaintextLength,
  segmentCapacity,
  segmentCount,
  segmentOffset,
  type FloeParameters,
} from './floe/parameters.js'
export { isLastSegment, mapRange, type SegmentRange } from './floe/range-map.js'

/** How a FLOE message is made or read. */
export interface FloeOptions {
  /** Bytes of every encrypted segment but the last. Default 1 MiB. A reader takes it from the header. */
  readonly segmentLength?: number | undefined
  /** The content key changes every 2^rotationBits segments. Default 20, which is what the format says; others are for known-answer tests. */
  readonly rotationBits?: number | undefined
}

/**
 * Starts a FLOE message under a key of 32 bytes, which is copied and stays the caller's to zero.
 *
 * @throws RangeError for a key of another length, or a segment length that leaves no room for plaintext.
 */
export async function createFloe(key: Uint8Array, aad: Uint8Array, options: FloeOptions = {}): Promise<FloeCipher> {
  assertOptions('createFloe', options, { segmentLength: true, rotationBits: true } satisfies OptionNames<FloeOptions>)
  const { segmentLength = DEFAULT_SEGMENT_LENGTH, rotationBits } = options
  return FloeCipher.create(engine, key, aad, floeParameters(segmentLength, rotationBits))
}

/**
 * Opens a FLOE message by its header of 74 bytes; the segment length in it is not bounded here.
 *
 * @throws RangeError for a key that has not 32 bytes; FormatError when it is no FLOE header; IntegrityError when key, additional data or header are not those of the message.
 */
export async function openFloe(
  key: Uint8Array,
  aad: Uint8Array,
  header: Uint8Array,
  options: Pick<FloeOptions, 'rotationBits'> = {},
): Promise<FloeCipher> {
  assertOptions('openFloe', options, { rotationBits: true })
  return FloeCipher.open(engine, key, aad, header, options.rotationBits)
}
