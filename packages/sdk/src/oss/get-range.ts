import { MAX_BUFFER_LENGTH, type Content } from '#output'
import { ByteSource } from '../bytes/byte-source.js'
import { FormatError, IntegrityError, OsscryptError, ServiceError } from '../errors.js'
import type { RangePlan } from '../format/object-format.js'
import type { ByteRange } from '../store/object-store.js'
import { limitTo, MemoryTarget } from '../target/memory-target.js'
import { identifyObject } from '../transfer/fetch.js'
import type { KnownObject } from './known-objects.js'
import { findPart, FIRST_LOOK, locateObject } from './locate-object.js'
import {
  findObject,
  openFound,
  type ClientParts,
  type FoundObject,
  type ObjectInfo,
  type ReadOptions,
} from './open-object.js'

/** A part of an object. */
export interface RangeResult extends ObjectInfo {
  readonly content: Content
  /** Where `content` is in the object, both ends included, and how long the object's plaintext is by what OSS says. */
  readonly range: { readonly start: number; readonly end: number; readonly totalLength: number | undefined }
  /** Whether `content` is what the writer wrote at that place. */
  readonly verified: boolean
}

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

/** As many bytes before a range are fetched with it: those of its first cipher block. */
const BLOCK_LENGTH = 16

/**
 * Reads a part of an object; where the bytes are is taken from what OSS answers. One request for an object of which a part was read before, and
 * where the format needs to know nothing beforehand; else one more. What is remembered of an object was verified; when it turns out to be wrong
 * nevertheless, it is forgotten, and the object is looked at anew.
 */
export async function getRange(
  parts: ClientParts,
  name: string,
  range: ByteRange,
  options: GetRangeOptions,
): Promise<RangeResult> {
  assertRange(range)
  const { versionId, allowUnverifiedRange = false } = options
  const known = parts.knownObjects.get(name, versionId)
  if (known) {
    try {
      return await readKnown(parts, name, range, options, known)
    } catch (error) {
      if (!isDoubtful(error)) throw error
      parts.knownObjects.delete(name, versionId)
    }
  }
  const found = await findPart(parts, name, options, allowUnverifiedRange ? withFirstBlock(range) : FIRST_LOOK)
  const { format, envelope, reading } = found
  if (format.integrity(envelope.header.algorithm) !== 'segments' && !allowUnverifiedRange) {
    reading.close()
    throw new OsscryptError(
      'NotAllowed',
      `a part of ${name} cannot be verified, as it is no floe object: read all of it, or set allowUnverifiedRange`,
    )
  }
  if (format.prefaceLength === 0) return readFound(parts, name, range, options, found, new Uint8Array(0))
  const located = await locateObject(parts, name, options, found)
  const result = await readKnown(parts, name, range, options, located)
  parts.knownObjects.set(name, versionId, located)
  return result
}

/** Reads a part of an object of which enough is known, with one request. */
async function readKnown(
  parts: ClientParts,
  name: string,
  range: ByteRange,
  options: GetRangeOptions,
  { identity, format, envelope, preface }: KnownObject,
): Promise<RangeResult> {
  const plan = format.layout(envelope, preface, identity.totalLength).range(range)
  assertFits(plan, name, options)
  const found = await findObject(parts, name, { ...options, range: plan.ciphertext })
  const now = identifyObject(found.reading)
  if (now?.etag !== identity.etag || now.totalLength !== identity.totalLength) {
    found.reading.close()
    throw new ServiceError('ObjectChanged', `${name} changed while it was being read`, { service: 'oss' })
  }
  return readFound(parts, name, range, options, found, preface)
}

/** Reads what was asked for of an object whose bytes are on their way. */
async function readFound(
  parts: ClientParts,
  name: string,
  range: ByteRange,
  options: GetRangeOptions,
  found: FoundObject,
  preface: Uint8Array,
): Promise<RangeResult> {
  const opened = await openFound(parts, found, preface, options)
  const { layout, body, reading, format, envelope, info } = opened
  try {
    const plan = layout.range(range)
    assertFits(plan, name, options)
    const { start, end } = plan.ciphertext
    const held = reading.offset <= start && reading.offset + (reading.length ?? 0) > end
    if (!held && start <= end) throw badAnswer()
    const source = new ByteSource(reading.read())
    await source.skip(Math.max(0, Math.min(start, end) - reading.offset))
    return {
      ...info,
      ...(await collectRange(name, plan, body.decryptRange(plan, source))),
      verified: format.integrity(envelope.header.algorithm) === 'segments',
    }
  } finally {
    opened.close()
  }
}

/**
 * Takes a range into memory.
 *
 * @throws ServiceError `InvalidRange` when there are no such bytes; where bytes are verified, so is that.
 */
export async function collectRange(
  name: string,
  { plaintext: { start, end }, totalLength }: RangePlan,
  plaintext: AsyncIterable<Uint8Array>,
): Promise<Pick<RangeResult, 'content' | 'range'>> {
  const target = new MemoryTarget(Math.max(0, end - start + 1), () => undefined)
  const writer = target.writeFrom(0)
  for await (const piece of plaintext) await writer.append(piece)
  const { content } = target
  if (content.length === 0) throw new ServiceError('InvalidRange', `the range is outside ${name}`, { service: 'oss' })
  return { content, range: { start, end, totalLength } }
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

/** Refuses a range that is longer than the caller wants in memory. */
export function assertFits(
  { plaintext: { start, end } }: RangePlan,
  name: string,
  { maxBufferLength = MAX_BUFFER_LENGTH }: Pick<GetRangeOptions, 'maxBufferLength'>,
): void {
  limitTo(maxBufferLength, `the range of ${name}`)(end - start + 1)
}

/** A range with the bytes before it that its first cipher block may have. */
function withFirstBlock({ start, end }: ByteRange): ByteRange {
  return start < 0 ? { start: start - BLOCK_LENGTH + 1 } : { start: start - (start % BLOCK_LENGTH), end }
}

/** Whether an error may come from what was remembered, and not from the object. */
function isDoubtful(error: unknown): boolean {
  const code = error instanceof OsscryptError ? error.code : undefined
  const doubtful = code === 'ObjectChanged' || code === 'BadAnswer' || code === 'InvalidRange'
  return doubtful || error instanceof IntegrityError || error instanceof FormatError
}

function badAnswer(): ServiceError {
  return new ServiceError('BadAnswer', 'OSS answered with another range than was asked for', { service: 'oss' })
}
