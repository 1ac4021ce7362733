import { ByteSource } from '../bytes/byte-source.js'
import { FormatError, IntegrityError, ServiceError } from '../errors.js'
import {
  assertSegmentLength,
  decodeSegmentLength,
  FLOE_HEADER_LENGTH,
  floeParameters,
  plaintextLength,
  segmentCapacity,
  segmentOffset,
  type FloeParameters,
} from '../floe/parameters.js'
import { mapRange } from '../floe/range-map.js'
import { openFloeCipher, takeFloeHeader } from './floe-body.js'
import type { KnownFloeObject } from './floe-headers.js'
import type { ByteRange, StoreRequestOptions } from './object-store.js'
import { openObject, storeOptions, type ClientParts, type OpenedObject, type ReadOptions } from './open-object.js'
import { readObject, type ObjectReading } from './read-object.js'
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
    started?.offset === 0 ? started : await readObject(parts.store, name, { ...parts, ...storeOptions(options), range })
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
  const parameters = floeParameters(decodeSegmentLength(known.floeHeader))
  const totalLength = lengthOf(parameters, known)
  const wanted = resolveRange(range, totalLength)
  assertFits(wanted.end - wanted.start + 1)
  const finalSegment = Math.ceil((known.totalLength - FLOE_HEADER_LENGTH) / parameters.segmentLength) - 1
  const map = mapRange(parameters, wanted.start, Math.max(wanted.start, wanted.end))
  const lastSegment = wanted.restsOnLength ? finalSegment : map.lastSegment
  const firstSegment = Math.min(map.firstSegment, lastSegment)
  const start = segmentOffset(parameters, firstSegment)
  const end = Math.min(segmentOffset(parameters, lastSegment + 1), known.totalLength) - 1

  const opened = await openPart(parts, name, { ...options, range: { start, end } })
  if (!opened) return null
  const { reading, envelope, dataKey, info } = opened
  const source = new ByteSource(reading.read())
  try {
    if (reading.answer.headers['etag'] !== known.etag) return null
    if (reading.totalLength !== known.totalLength || reading.offset > start) throw badAnswer()
    const cipher = await openFloeCipher(envelope.header, dataKey, known.floeHeader)
    try {
      await source.skip(start - reading.offset)
      const content = Buffer.alloc(Math.max(0, wanted.end - wanted.start + 1))
      for (let index = firstSegment; index <= lastSegment; index += 1) {
        const last = index === finalSegment
        const length = last ? known.totalLength - segmentOffset(parameters, index) : parameters.segmentLength
        const segment = await source.takeUpTo(length)
        if (segment.length < length) throw new IntegrityError()
        const plaintext = await cipher.decryptSegment(index, segment, last)
        const position = index * segmentCapacity(parameters) - wanted.start
        const from = Math.max(0, -position)
        content.set(plaintext.subarray(from, Math.max(from, content.length - position)), position + from)
      }
      if (content.length === 0)
        throw new ServiceError('InvalidRange', `the range is outside ${name}`, { service: 'oss' })
      return { ...info, content, range: { start: wanted.start, end: wanted.end, totalLength }, verified: true }
    } finally {
      cipher.dispose()
    }
  } finally {
    dataKey.fill(0)
    await source.close()
    reading.discard()
  }
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

/**
 * How long the plaintext is, by what OSS says.
 *
 * @throws IntegrityError when no object has that length: it was cut.
 */
function lengthOf(parameters: FloeParameters, { totalLength }: KnownFloeObject): number {
  try {
    return plaintextLength(parameters, totalLength)
  } catch (error) {
    if (error instanceof FormatError) throw new IntegrityError()
    throw error
  }
}

/** The plaintext bytes that are asked for, and whether which they are depends on the object's length. */
function resolveRange(
  { start, end }: ByteRange,
  totalLength: number,
): { start: number; end: number; restsOnLength: boolean } {
  const final = totalLength - 1
  return {
    start: start < 0 ? Math.max(0, totalLength + start) : start,
    end: Math.min(end ?? final, final),
    restsOnLength: start < 0 || end === undefined || end > final,
  }
}

function badAnswer(): ServiceError {
  return new ServiceError('BadAnswer', 'OSS answered with another range than was asked for', { service: 'oss' })
}
