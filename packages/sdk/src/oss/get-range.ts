import { constants } from 'node:buffer'
import { quote } from '../bytes/quote.js'
import { OsscryptError, ServiceError } from '../errors.js'
import type { FloeHeaders } from './floe-headers.js'
import { askForRange, planFloeRange } from './floe-range.js'
import { assertSameAnswer, FLOE_HEADER_RANGE, isStale, learnFloeObject, readFloeRange } from './get-floe-range.js'
import { alignRange, readGcmRange } from './get-gcm-range.js'
import type { ByteRange } from './object-store.js'
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
 * enough was verified when a part of it was read before; one more for the header of another FLOE object.
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
  return (
    (await readKnownRange(parts, name, range, options, assertFits)) ??
    (await readUnknownRange(parts, name, range, options, assertFits))
  )
}

/** Reads a part of a FLOE object by what was verified of it before; null, and all is forgotten, when that is too little, or not so any more. */
async function readKnownRange(
  parts: RangeParts,
  name: string,
  range: ByteRange,
  options: GetRangeOptions,
  assertFits: (length: number) => void,
): Promise<RangeResult | null> {
  const { versionId } = options
  const known = parts.floeHeaders.get(name, versionId)
  const asked = known && askForRange(known, range)
  if (!asked) return null
  const expected = { etag: known.etag, floeHeader: known.floeHeader, totalLength: known.verifiedLength }
  try {
    const { result, verifiedLength } = await readFloeRange(parts, name, range, options, expected, asked, assertFits)
    if (verifiedLength !== undefined) parts.floeHeaders.set(name, versionId, { ...known, verifiedLength })
    return result
  } catch (error) {
    if (!isStale(error)) throw error
    parts.floeHeaders.delete(name, versionId)
    return null
  }
}

async function readUnknownRange(
  parts: RangeParts,
  name: string,
  range: ByteRange,
  options: GetRangeOptions,
  assertFits: (length: number) => void,
): Promise<RangeResult> {
  const found = await findPart(
    parts,
    name,
    options,
    options.allowUnverifiedRange ? alignRange(range) : FLOE_HEADER_RANGE,
  )
  if (found.envelope.header.algorithm.mode === 'FLOE') {
    const facts = await learnFloeObject(parts, name, options, found.reading)
    assertSameAnswer(name, found.reading.answer, facts)
    const { start, end, ciphertext: asked } = planFloeRange(facts, range)
    assertFits(end - start + 1)
    const { result, verifiedLength } = await readFloeRange(parts, name, range, options, facts, asked, assertFits)
    const { etag, floeHeader } = facts
    parts.floeHeaders.set(name, options.versionId, { etag, floeHeader, verifiedLength })
    return result
  }
  if (!options.allowUnverifiedRange) {
    found.reading.discard()
    throw new OsscryptError(
      'NotAllowed',
      `a part of ${quote(name)} cannot be verified, as it is no floe object: read all of it, or set allowUnverifiedRange`,
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
