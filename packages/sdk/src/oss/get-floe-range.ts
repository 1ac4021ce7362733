import { ByteSource } from '../bytes/byte-source.js'
import { quote } from '../bytes/quote.js'
import { IntegrityError, ServiceError } from '../errors.js'
import { FLOE_HEADER_LENGTH } from '../floe/parameters.js'
import { allocate } from '../io/allocate.js'
import { openFloeCipher, peekFloeHeader } from './floe-body.js'
import type { UnverifiedFloeFacts } from './floe-headers.js'
import { decryptFloeRange, planFloeRange, type FloeRangePlan } from './floe-range.js'
import type { ByteRange, StoreAnswer, StoreRequestOptions } from './object-store.js'
import { findObject, readingOptions, unlockObject, type ClientParts, type ReadOptions } from './open-object.js'
import type { RangeResult } from './range-result.js'
import { objectChanged, readObject, type ObjectReading } from './read-object.js'

/** The header of a FLOE body. */
export const FLOE_HEADER_RANGE: ByteRange = { start: 0, end: FLOE_HEADER_LENGTH - 1 }

/**
 * Learns what has to be known of a FLOE object before a part of it can be asked for. Nothing of it is verified yet.
 *
 * @param started A reading of the object, which is used when it holds the header, and ended.
 */
export async function learnFloeObject(
  parts: ClientParts,
  name: string,
  options: StoreRequestOptions,
  started?: ObjectReading,
): Promise<UnverifiedFloeFacts> {
  if (started && !holdsHeader(started)) started.discard()
  const reading =
    started && holdsHeader(started)
      ? started
      : await readObject(parts.store, name, readingOptions(parts, options, FLOE_HEADER_RANGE))
  const { floeHeader, reading: peeked } = await peekFloeHeader(reading)
  peeked.discard()
  return floeFacts(reading, floeHeader)
}

/**
 * What an answer says of a FLOE object.
 *
 * @throws ServiceError `BadAnswer` when it leaves out what a further request has to be compared with.
 */
export function floeFacts({ answer, totalLength }: ObjectReading, floeHeader: Uint8Array): UnverifiedFloeFacts {
  const { etag, 'x-oss-version-id': versionId } = answer.headers
  if (etag === undefined || totalLength === undefined) throw badAnswer('OSS says neither ETag nor length')
  return { etag, versionId, floeHeader, totalLength }
}

/**
 * Asserts that an answer is about the object that another one was about.
 *
 * @throws ServiceError `ObjectChanged`.
 */
export function assertSameAnswer(
  name: string,
  { headers }: StoreAnswer,
  known: { readonly etag: string | undefined; readonly versionId?: string | undefined },
): void {
  const { etag, 'x-oss-version-id': versionId } = headers
  const other = known.versionId !== undefined && versionId !== known.versionId
  if (etag !== known.etag || other) throw objectChanged(name)
}

/** What an answer about a FLOE object has to agree with. */
export interface ExpectedFloeObject extends Omit<UnverifiedFloeFacts, 'versionId' | 'totalLength'> {
  readonly versionId?: string | undefined
  readonly totalLength?: number | undefined
}

/** A part of a FLOE object. */
export interface FloeRange {
  readonly result: RangeResult
  /** The object's length, where its last segment was among those that were opened. */
  readonly verifiedLength: number | undefined
}

/**
 * Reads a part of a FLOE object with one request. Every byte is verified, and so is everything that rests on the object's length: it is believed
 * only once the last segment has opened as last.
 *
 * @param asked The part of the object to ask for: the segments that hold the range.
 * @throws ServiceError `ObjectChanged` when the object is not the expected one, `BadAnswer` when OSS says otherwise than expected.
 */
export async function readFloeRange(
  parts: ClientParts,
  name: string,
  range: ByteRange,
  options: ReadOptions,
  expected: ExpectedFloeObject,
  asked: ByteRange,
  assertFits: (length: number) => void,
): Promise<FloeRange> {
  const { floeHeader } = expected
  const found = await findObject(parts, name, { ...options, range: asked })
  let source: ByteSource | undefined
  try {
    const { answer, offset, length, totalLength } = found.reading
    assertSameAnswer(name, answer, expected)
    if (length === undefined || totalLength === undefined || totalLength !== (expected.totalLength ?? totalLength)) {
      throw badAnswer('OSS says another length of the object than before')
    }
    const plan = planFloeRange({ floeHeader, totalLength }, range)
    assertFits(plan.end - plan.start + 1)
    if (offset > plan.ciphertext.start || offset + length <= plan.ciphertext.end) {
      throw badAnswer('OSS answered with another range than was asked for')
    }
    const { reading, envelope, dataKey, info } = await unlockObject(parts, found, options, floeHeader)
    source = new ByteSource(reading.read())
    try {
      const cipher = await openFloeCipher(envelope.header, dataKey, floeHeader)
      try {
        await source.skip(plan.ciphertext.start - offset)
        const read = await collectFloeRange(name, plan, decryptFloeRange(cipher, source, plan))
        return {
          result: { ...info, ...read, verified: true },
          verifiedLength: plan.lastSegment === plan.finalSegment ? totalLength : undefined,
        }
      } finally {
        cipher.dispose()
      }
    } finally {
      dataKey.fill(0)
    }
  } finally {
    await source?.close()
    found.reading.discard()
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
  if (content.length === 0)
    throw new ServiceError('InvalidRange', `the range is outside ${quote(name)}`, { service: 'oss' })
  return { content: content.subarray(0, filled), range: { start, end, totalLength } }
}

/** Whether reading an object again, without anything that is known of it, may help: what is known, or the answer, was wrong. */
export function isStale(error: unknown): boolean {
  if (error instanceof IntegrityError) return true
  if (!(error instanceof ServiceError)) return false
  // Without a status, it is the object's own end that says so.
  if (error.code === 'InvalidRange') return error.status !== undefined
  return error.code === 'ObjectChanged' || error.code === 'BadAnswer'
}

/** Whether a reading starts with the header, or with all that there is of it. */
function holdsHeader({ offset, length = Infinity, totalLength }: ObjectReading): boolean {
  return offset === 0 && (length >= FLOE_HEADER_LENGTH || length === totalLength)
}

function badAnswer(message: string): ServiceError {
  return new ServiceError('BadAnswer', message, { service: 'oss' })
}
