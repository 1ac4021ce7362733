import { constants } from 'node:buffer'
import { OsscryptError, ServiceError } from '../errors.js'
import { FLOE_HEADER_LENGTH } from '../floe/parameters.js'
import type { FloeHeaders } from './known-objects.js'
import { learnFloeObject, readFloeRange } from './get-floe-range.js'
import { alignRange, readGcmRange } from '../format/gcm/layout.js'
import type { ByteRange } from '../store/object-store.js'
import { findObject, unlockObject, type ClientParts, type FoundObject, type ReadOptions } from './open-object.js'
import type { RangeResult } from './range-result.js'

/** Options of reading a part of an object. */
export interface GetRangeOptions extends ReadOptions {
  /**
   * Hands out bytes that nothing verifies: whoever can write to the bucket, or sits on the way, can change them without being noticed. GCM
   * has one tag for the whole object, so that a part of a `gcm` object can be had on these terms only; a part of a `floe` object is verified
   * all the same. Default false.
   */
  readonly allowUnverifiedRange?: boolean | undefined
  /** The most bytes that are taken into memory. Default: as many as a Buffer can hold. */
  readonly maxBufferLength?: number | undefined
}

/** What reading parts needs beside what all operations share. */
export interface RangeParts extends ClientParts {
  readonly floeHeaders: FloeHeaders
}

/**
 * Reads a part of an object; where the bytes are is taken from what OSS answers. One request for a GCM object, and for a FLOE object of which
 * a part was read before; one more for the header of another FLOE object.
 */
export async function getRange(
  parts: RangeParts,
  name: string,
  range: ByteRange,
  options: GetRangeOptions,
): Promise<RangeResult> {
  assertRange(range)
  const limit = options.maxBufferLength ?? constants.MAX_LENGTH
  const assertFits = (length: number) => {
    if (length > limit) throw new OsscryptError('LimitExceeded', 'the range is larger than fits in memory')
  }
  const known = parts.floeHeaders.get(name, options.versionId)
  if (known) {
    const result = await readFloeRange(parts, name, range, options, known, assertFits)
    if (result) return result
    parts.floeHeaders.delete(name, options.versionId)
  }

  const first = options.allowUnverifiedRange ? alignRange(range) : { start: 0, end: FLOE_HEADER_LENGTH - 1 }
  const found = await findPart(parts, name, options, first)
  if (found.envelope.header.algorithm.mode === 'FLOE') {
    const learned = await learnFloeObject(parts, name, options, found.reading)
    parts.floeHeaders.set(name, options.versionId, learned)
    const result = await readFloeRange(parts, name, range, options, learned, assertFits)
    if (result) return result
    throw new ServiceError('ObjectChanged', `${name} changed while it was being read`, { service: 'oss' })
  }
  if (!options.allowUnverifiedRange) {
    found.reading.discard()
    throw new OsscryptError(
      'NotAllowed',
      `a part of ${name} cannot be verified, as it is no floe object: read all of it, or set allowUnverifiedRange`,
    )
  }
  const opened = await unlockObject(parts, found, options)
  try {
    return await readGcmRange(opened, range, assertFits)
  } finally {
    opened.dataKey.fill(0)
    opened.reading.discard()
  }
}

/**
 * Finds an object by the range of it that is asked for first. That there is no such range is OSS's word, which is taken for a GCM object only: a
 * FLOE object is found nevertheless, and its own end tells.
 */
async function findPart(
  parts: RangeParts,
  name: string,
  options: GetRangeOptions,
  range: ByteRange,
): Promise<FoundObject> {
  try {
    return await findObject(parts, name, { ...options, range })
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === 'InvalidRange')) throw error
    const whole = await findObject(parts, name, options)
    const { algorithm } = whole.envelope.header
    if (algorithm.mode === 'FLOE' || !options.allowUnverifiedRange) return whole
    whole.reading.discard()
    throw error
  }
}

/** @throws RangeError when that is no range. */
export function assertRange({ start, end }: ByteRange): void {
  const valid =
    Number.isSafeInteger(start) && (end === undefined || (Number.isSafeInteger(end) && start >= 0 && end >= start))
  if (!valid) {
    throw new RangeError(
      'a range is { start, end }, both included, or { start } to the end, or { start: -n } for the last n bytes',
    )
  }
}
