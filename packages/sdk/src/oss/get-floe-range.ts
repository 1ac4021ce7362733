import { ByteSource } from '../bytes/byte-source.js'
import { ServiceError } from '../errors.js'
import { allocate } from '../io/allocate.js'
import { assertSegmentLength, decodeSegmentLength, FLOE_HEADER_LENGTH } from '../floe/parameters.js'
import { openFloeCipher, takeFloeHeader } from '../format/floe/reader.js'
import type { KnownFloeObject } from './known-objects.js'
import { decryptFloeRange, planFloeRange, type FloeRangePlan } from '../format/floe/layout.js'
import type { ByteRange, StoreRequestOptions } from '../store/object-store.js'
import { openObject, readingOptions, type ClientParts, type OpenedObject, type ReadOptions } from './open-object.js'
import { readObject, type ObjectReading } from '../transfer/fetch.js'
import type { RangeResult } from './range-result.js'

/**
 * Learns what has to be known of a FLOE object before a part of it can be asked for.
 *
 * @param started A reading of the object, which is used when it starts with the header, and ended.
 */
export async function learnFloeObject(
  parts: ClientParts,
  name: string,
  options: StoreRequestOptions,
  started?: ObjectReading,
): Promise<KnownFloeObject> {
  if (started && started.offset > 0) started.discard()
  const range = { start: 0, end: FLOE_HEADER_LENGTH - 1 }
  const reading =
    started?.offset === 0 ? started : await readObject(parts.store, name, readingOptions(parts, options, range))
  const source = new ByteSource(reading.read())
  try {
    const floeHeader = await takeFloeHeader(source)
    assertSegmentLength(decodeSegmentLength(floeHeader))
    const { etag } = reading.answer.headers
    if (etag === undefined || reading.totalLength === undefined) throw badAnswer()
    return { etag, floeHeader, totalLength: reading.totalLength }
  } finally {
    await source.close()
    reading.discard()
  }
}

/**
 * Reads a part of a FLOE object with one request. Every byte is verified, and so is everything that rests on the object's length: it is believed
 * only once the last segment has opened as last.
 *
 * @returns null when the object is not the known one any more.
 */
export async function readFloeRange(
  parts: ClientParts,
  name: string,
  range: ByteRange,
  options: ReadOptions,
  known: KnownFloeObject,
  assertFits: (length: number) => void,
): Promise<RangeResult | null> {
  const plan = planFloeRange(known, range)
  assertFits(plan.end - plan.start + 1)
  const opened = await openPart(parts, name, { ...options, range: plan.ciphertext })
  if (!opened) return null
  const { reading, envelope, dataKey, info } = opened
  const source = new ByteSource(reading.read())
  try {
    if (reading.answer.headers['etag'] !== known.etag) return null
    if (reading.totalLength !== known.totalLength || reading.offset > plan.ciphertext.start) throw badAnswer()
    const cipher = await openFloeCipher(envelope.header, dataKey, known.floeHeader)
    try {
      await source.skip(plan.ciphertext.start - reading.offset)
      return {
        ...info,
        ...(await collectFloeRange(name, plan, decryptFloeRange(cipher, source, plan))),
        verified: true,
      }
    } finally {
      cipher.dispose()
    }
  } finally {
    dataKey.fill(0)
    await source.close()
    reading.discard()
  }
}

/**
 * Takes a range into memory.
 *
 * @throws ServiceError `InvalidRange` when it is verified that there are no such bytes.
 */
export async function collectFloeRange(
  name: string,
  { start, end, totalLength }: FloeRangePlan,
  plaintext: AsyncIterable<Uint8Array>,
): Promise<Pick<RangeResult, 'content' | 'range'>> {
  const content = allocate(Math.max(0, end - start + 1))
  let filled = 0
  for await (const piece of plaintext) {
    content.set(piece, filled)
    filled += piece.length
  }
  if (content.length === 0) throw new ServiceError('InvalidRange', `the range is outside ${name}`, { service: 'oss' })
  return { content: content.subarray(0, filled), range: { start, end, totalLength } }
}

/** Opens bytes of an object that are there if it is the known one; null if OSS says that they are not. */
async function openPart(
  parts: ClientParts,
  name: string,
  options: ReadOptions & { readonly range: ByteRange },
): Promise<OpenedObject | null> {
  try {
    return await openObject(parts, name, options)
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'InvalidRange') return null
    throw error
  }
}

function badAnswer(): ServiceError {
  return new ServiceError('BadAnswer', 'OSS answered with another range than was asked for', { service: 'oss' })
}
