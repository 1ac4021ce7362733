import { constants } from 'node:buffer'
import { createGcmRangeCipher } from '../crypto/node-cipher.js'
import { FormatError, OsscryptError, ServiceError } from '../errors.js'
import type { ByteRange } from './object-store.js'
import { openObject, type ClientParts, type ObjectInfo, type ReadOptions } from './open-object.js'
import type { ObjectReading } from './read-object.js'

/** Options of reading a part of an object. */
export interface GetRangeOptions extends ReadOptions {
  /**
   * Hands out bytes that nothing verifies: whoever can write to the bucket, or sits on the way, can change them without being noticed. GCM
   * has one tag for the whole object, so that a part of a `gcm` object can be had on these terms only. Default false.
   */
  readonly allowUnverifiedRange?: boolean | undefined
  /** The most bytes that are taken into memory. Default: as many as a Buffer can hold. */
  readonly maxBufferLength?: number | undefined
}

/** A part of an object. */
export interface RangeResult extends ObjectInfo {
  readonly content: Buffer
  /** Where `content` is in the object, both ends included. */
  readonly range: { readonly start: number; readonly end: number; readonly totalLength: number | undefined }
  /** Whether `content` is what the writer wrote at that place. */
  readonly verified: boolean
}

const BLOCK_LENGTH = 16

/** Reads a part of an object with one request; where the bytes are is taken from what OSS answers. */
export async function getRange(
  parts: ClientParts,
  name: string,
  range: ByteRange,
  options: GetRangeOptions,
): Promise<RangeResult> {
  assertRange(range)
  if (!options.allowUnverifiedRange) {
    throw new OsscryptError(
      'NotAllowed',
      'a part of a gcm object cannot be verified: it needs allowUnverifiedRange, or read the whole object',
    )
  }
  const aligned = range.start < 0 ? range : { ...range, start: range.start - (range.start % BLOCK_LENGTH) }
  const opened = await openObject(parts, name, { ...options, range: aligned })
  const { reading, dataKey, envelope } = opened
  try {
    const { algorithm } = envelope.header
    if (algorithm.mode !== 'GCM')
      throw new FormatError(`ranges of ${algorithm.name} objects are not supported`, 'UnsupportedAlgorithm')
    const wanted = resolveRange(range, aligned, reading)
    const length = wanted.end - wanted.start + 1
    if (length > (options.maxBufferLength ?? constants.MAX_LENGTH)) {
      throw new OsscryptError('LimitExceeded', 'the range is larger than fits in memory')
    }
    const content = await readPart(reading, wanted, (offset) =>
      createGcmRangeCipher(algorithm, dataKey, envelope.iv, offset),
    )
    return { ...opened.info, content, range: { ...wanted, totalLength: reading.totalLength }, verified: false }
  } finally {
    dataKey.fill(0)
    reading.discard()
  }
}

function assertRange({ start, end }: ByteRange): void {
  const valid =
    Number.isSafeInteger(start) &&
    start !== 0 - Infinity &&
    (end === undefined || (Number.isSafeInteger(end) && start >= 0 && end >= start))
  if (!valid)
    throw new RangeError(
      'a range is { start, end }, both included, or { start } to the end, or { start: -n } for the last n bytes',
    )
}

/**
 * The bytes that were asked for, by where OSS says that its answer is.
 *
 * @throws ServiceError `InvalidRange`, or `BadAnswer` when the answer does not hold them.
 */
function resolveRange(range: ByteRange, aligned: ByteRange, reading: ObjectReading): { start: number; end: number } {
  const { offset, length, totalLength } = reading
  if (length === undefined || totalLength === undefined) throw badAnswer()
  const start = range.start < 0 ? Math.max(0, totalLength + range.start) : range.start
  const end = Math.min(range.end ?? totalLength - 1, totalLength - 1)
  if (start > end)
    throw new ServiceError('InvalidRange', 'the range is outside the object', {
      service: 'oss',
      status: reading.answer.status,
    })
  const ranged = reading.answer.status === 206
  const asAsked = ranged
    ? offset === (aligned.start < 0 ? start : aligned.start) && offset + length - 1 === end
    : offset === 0
  if (!asAsked) throw badAnswer()
  return { start, end }
}

/** Decrypts what is wanted of a reading that starts at `reading.offset`, and reads no further. */
async function readPart(
  reading: ObjectReading,
  wanted: { start: number; end: number },
  cipherAt: (offset: number) => { update(bytes: Uint8Array): Uint8Array },
): Promise<Buffer> {
  const content = Buffer.allocUnsafeSlow(wanted.end - wanted.start + 1)
  // A suffix may start within a block: the key stream of what is before it in the block is passed over.
  const before = reading.offset % BLOCK_LENGTH
  const cipher = cipherAt(reading.offset - before)
  if (before > 0) cipher.update(new Uint8Array(before))
  let position = reading.offset
  for await (const ciphertext of reading.read()) {
    const plaintext = cipher.update(ciphertext)
    const from = Math.max(0, wanted.start - position)
    const to = Math.min(plaintext.length, wanted.end + 1 - position)
    if (to > from) content.set(plaintext.subarray(from, to), position + from - wanted.start)
    position += plaintext.length
    if (position > wanted.end) break
  }
  if (position <= wanted.end) throw badAnswer()
  return content
}

function badAnswer(): ServiceError {
  return new ServiceError('BadAnswer', 'OSS answered with another range than was asked for', { service: 'oss' })
}
