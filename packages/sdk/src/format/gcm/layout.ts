import { createGcmRangeCipher } from '../../crypto/node-cipher.js'
import { FormatError, ServiceError } from '../../errors.js'
import { allocate } from '../../io/allocate.js'
import type { RangeResult } from '../../oss/range-result.js'
import type { ByteRange } from '../../store/object-store.js'
import type { OpenedObject } from '../../oss/open-object.js'
import type { ObjectReading } from '../../transfer/fetch.js'

const BLOCK_LENGTH = 16

/** The range to ask for, so that it starts with a cipher block. A range from the end starts where it starts. */
export function alignRange(range: ByteRange): ByteRange {
  return range.start < 0 ? range : { ...range, start: range.start - (range.start % BLOCK_LENGTH) }
}

/** Decrypts a part of a GCM object, of which `opened` reads the aligned range. Nothing of it is verified. */
export async function readGcmRange(
  { reading, envelope, dataKey, info }: OpenedObject,
  range: ByteRange,
  assertFits: (length: number) => void,
): Promise<RangeResult> {
  const { algorithm } = envelope.header
  if (algorithm.mode !== 'GCM') {
    throw new FormatError(`ranges of ${algorithm.name} objects are not supported`, 'UnsupportedAlgorithm')
  }
  const wanted = resolveRange(range, alignRange(range), reading)
  assertFits(wanted.end - wanted.start + 1)
  const content = await readPart(reading, wanted, (offset) =>
    createGcmRangeCipher(algorithm, dataKey, envelope.iv, offset),
  )
  return { ...info, content, range: { ...wanted, totalLength: reading.totalLength }, verified: false }
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
  const content = allocate(wanted.end - wanted.start + 1)
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
