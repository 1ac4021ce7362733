import { MAX_BUFFER_LENGTH, type Content } from '#output'
import { ByteSource } from '../bytes/byte-source.js'
import { quote } from '../bytes/quote.js'
import { OsscryptError, ServiceError } from '../errors.js'
import { withFirstBlock } from '../format/bare-layout.js'
import type { RangePlan } from '../format/object-format.js'
import type { ByteRange } from '../store/object-store.js'
import { MemoryTarget } from '../target/memory-target.js'
import { badAnswer, objectChanged } from '../transfer/answer-extent.js'
import { findPart, FIRST_LOOK, isStale, locateObject } from './locate-object.js'
import {
  findObject,
  openFound,
  type ClientParts,
  type FoundObject,
  type OpenedObject,
  type ObjectInfo,
  type ReadOptions,
} from './open-object.js'
import { assertSameObject } from './same-object.js'

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
   * has one tag for the whole object, so that a part of a `gcm` or `message-body` object can be had on these terms only; a part of a `floe` object is verified
   * all the same. Default false.
   */
  readonly allowUnverifiedRange?: boolean | undefined
  /** The most bytes that are taken into memory. Default: as many as a Buffer can hold. */
  readonly maxBufferLength?: number | undefined
}

/**
 * Reads a part of an object; where the bytes are is taken from what OSS answers. One request for an object of which enough was verified when a part
 * was read before, and where the format needs to know nothing beforehand; else one more.
 */
export async function getRange(
  parts: ClientParts,
  name: string,
  range: ByteRange,
  options: GetRangeOptions,
): Promise<RangeResult> {
  assertRange(range)
  return (await readKnown(parts, name, range, options)) ?? (await readUnknown(parts, name, range, options))
}

/** Reads a part by what was verified of the object before; null, and all is forgotten, when that is too little, or not so any more. */
async function readKnown(
  parts: ClientParts,
  name: string,
  range: ByteRange,
  options: GetRangeOptions,
): Promise<RangeResult | null> {
  const { versionId } = options
  const known = parts.knownObjects.get(name, versionId)
  const asked = known?.format.layout(known.envelope, known.preface, known.verifiedLength).ask(range)
  if (!known || !asked) return null
  try {
    const found = await findObject(parts, name, { ...options, range: asked })
    const expected = { etag: known.etag, totalLength: known.verifiedLength }
    return await readFound(parts, name, range, options, found, known.preface, expected)
  } catch (error) {
    if (!isStale(error)) throw error
    parts.knownObjects.delete(name, versionId)
    return null
  }
}

async function readUnknown(
  parts: ClientParts,
  name: string,
  range: ByteRange,
  options: GetRangeOptions,
): Promise<RangeResult> {
  const first = options.allowUnverifiedRange ? withFirstBlock(range) : FIRST_LOOK
  const found = await findPart(parts, name, options, first)
  const { format, envelope, reading } = found
  // Where nothing can be verified, the reader has asked for that already.
  if (format.integrity(envelope.header.algorithm) === 'whole' && !options.allowUnverifiedRange) {
    reading.close()
    throw new OsscryptError(
      'NotAllowed',
      `a part of ${quote(name)} cannot be verified, as it is no floe object: read all of it, or set allowUnverifiedRange`,
    )
  }
  if (format.isBare && first !== FIRST_LOOK) return readFound(parts, name, range, options, found, new Uint8Array(0))
  const { identity, preface } = await locateObject(parts, name, options, found)
  const plan = format.layout(envelope, preface, identity.totalLength).range(range)
  assertFits(plan, options)
  const part = await findObject(parts, name, { ...options, range: plan.ciphertext })
  assertSameObject(name, part.reading.answer, reading.answer)
  return readFound(parts, name, range, options, part, preface, identity)
}

/**
 * Reads what was asked for of an object whose bytes are on their way, and remembers what was verified by that.
 *
 * @param expected What is known of the object, by which it was asked for.
 * @throws ServiceError `ObjectChanged` when it is another object, `BadAnswer` when OSS says otherwise than expected.
 */
async function readFound(
  parts: ClientParts,
  name: string,
  range: ByteRange,
  options: GetRangeOptions,
  found: FoundObject,
  preface: Uint8Array,
  expected: { readonly etag?: string | undefined; readonly totalLength?: number | undefined } = {},
): Promise<RangeResult> {
  const { reading, format, envelope } = found
  const { answer, offset, length = 0, totalLength } = reading
  let opened: OpenedObject | undefined
  try {
    const { etag } = answer.headers
    if (expected.etag !== undefined && etag !== expected.etag) throw objectChanged(name)
    if (totalLength === undefined) throw badAnswer('OSS does not say how long the object is')
    if (totalLength !== (expected.totalLength ?? totalLength)) {
      throw badAnswer('OSS says another length of the object than before')
    }
    const plan = format.layout(envelope, preface, totalLength).range(range)
    assertFits(plan, options)
    const { start, end } = plan.ciphertext
    if (end < start) throw outside(name)
    if (offset > start || offset + length <= end) {
      throw badAnswer('OSS answered with another range than was asked for')
    }
    opened = await openFound(parts, found, preface, options)
    const source = new ByteSource(reading.read())
    await source.skip(start - offset)
    const read = await collectRange(name, plan, opened.body.decryptRange(plan, source))
    const verified = format.integrity(envelope.header.algorithm) === 'segments'
    if (verified && etag !== undefined) {
      const verifiedLength = plan.endsBody ? totalLength : undefined
      parts.knownObjects.set(name, options.versionId, { etag, format, envelope, preface, verifiedLength })
    }
    return { ...opened.info, ...read, verified }
  } finally {
    opened?.close()
    reading.close()
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
  if (content.length === 0) throw outside(name)
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

/**
 * Refuses a range that is longer than the caller wants in memory.
 *
 * @throws OsscryptError `LimitExceeded`.
 */
export function assertFits(
  { plaintext: { start, end } }: RangePlan,
  { maxBufferLength = MAX_BUFFER_LENGTH }: Pick<GetRangeOptions, 'maxBufferLength'>,
): void {
  const fits = end - start + 1 <= maxBufferLength
  if (!fits) throw new OsscryptError('LimitExceeded', 'the range is larger than fits in memory')
}

function outside(name: string): ServiceError {
  return new ServiceError('InvalidRange', `the range is outside ${quote(name)}`, { service: 'oss' })
}
