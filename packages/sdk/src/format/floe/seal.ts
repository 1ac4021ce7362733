import { engine } from '#crypto-engine'
import { ByteSource } from '../../bytes/byte-source.js'
import { concatBytes } from '../../bytes/concat.js'
import { concurrencyFor, mapInOrder, reuseBuffers, shareOf } from '../../crypto/map-in-order.js'
import { FormatError } from '../../errors.js'
import { FloeCipher } from '../../floe/floe-cipher.js'
import {
  assertSegmentLength,
  ciphertextLength,
  decodeSegmentLength,
  DEFAULT_SEGMENT_LENGTH,
  FLOE_HEADER_LENGTH,
  floeParameters,
  segmentCapacity,
  segmentCount,
  segmentOffset,
} from '../../floe/parameters.js'
import { encodeCommittedFields } from '../../message/header.js'
import { assertUnchanged, sourceChanged, type OpenSource } from '../../source/source.js'
import { MAX_PART_LENGTH, partLengthFor } from '../../transfer/part-plan.js'
import type { ResumeProof, SealedObject, SealedPart } from '../../transfer/sealed-object.js'
import { encodeEnvelopeHeaders } from '../envelope-metadata.js'
import type { SealingKey, SealOptions } from '../object-format.js'
import { sealFloeStream, type FloeSealing } from './seal-stream.js'

/** Files and buffers up to this length are held as ciphertext, and sent as one piece: that is what costs least. */
const SMALL_LENGTH = 64 * 1024

const NONE = new Uint8Array(0)

/**
 * Encrypts a body as FLOE, in one pass while it is sent. Every segment that is sent again is made again, with a fresh nonce; what a stream gave is
 * held as ciphertext until its part has been sent.
 *
 * @throws FormatError `LimitExceeded` for a segment length out of bounds, IntegrityError for another message's `begun`; what reading the source
 *   throws.
 */
export async function sealFloe(
  source: OpenSource,
  { header, dataKey }: SealingKey,
  options: SealOptions,
): Promise<SealedObject> {
  const { segmentLength = DEFAULT_SEGMENT_LENGTH, begun } = options
  assertSegmentLength(begun ? decodeSegmentLength(begunHeader(begun)) : segmentLength)
  const aad = encodeCommittedFields(header)
  const cipher = begun
    ? await FloeCipher.open(engine, dataKey, aad, begunHeader(begun))
    : await FloeCipher.create(engine, dataKey, aad, floeParameters(segmentLength))
  const known = {
    metadata: encodeEnvelopeHeaders({ header, iv: NONE, authTag: NONE }),
    proof: { floeHeader: cipher.header },
  }
  const sealing = { source, cipher, options, known }
  try {
    if (!source.rereadable || source.length === undefined) return await sealFloeStream(sealing)
    const small = source.length <= SMALL_LENGTH && !begun
    return small ? await sealSmall(sealing, source.length) : sealRereadable(sealing, source.length)
  } catch (error) {
    cipher.dispose()
    throw error
  }
}

/**
 * The FLOE header of an upload that was begun.
 *
 * @throws FormatError when the record is none of a FLOE upload.
 */
export function begunHeader({ floeHeader }: ResumeProof): Uint8Array {
  if (!floeHeader) throw new FormatError('no whole record of a FLOE upload')
  return floeHeader
}

/** Segments of a file or a buffer are made when they are sent, from where they are in it. */
function sealRereadable({ source, cipher, options, known }: FloeSealing, plaintextLength: number): SealedObject {
  const { parameters } = cipher
  const segments = segmentCount(parameters, plaintextLength)
  const length = ciphertextLength(parameters, plaintextLength)
  const partOf = (number: number, first: number, end: number, concurrency = options.concurrency): SealedPart => {
    const start = first === 0 ? 0 : segmentOffset(parameters, first)
    const stop = Math.min(length, segmentOffset(parameters, end))
    return {
      number,
      length: stop - start,
      open: () => encryptSegments(source, plaintextLength, cipher, { first, end }, { ...options, concurrency }),
      dispose: () => Promise.resolve(),
    }
  }
  return {
    ...known,
    length,
    whole: () => ({ ...partOf(1, 0, segments), rereadable: true }),
    parts: async function* () {
      const most = Math.floor((MAX_PART_LENGTH - FLOE_HEADER_LENGTH) / parameters.segmentLength)
      const perPart = Math.min(
        most,
        Math.max(1, Math.ceil(partLengthFor(length, options.partLength) / parameters.segmentLength)),
      )
      const share = shareOf(options.concurrency, options.parallel)
      for (let first = 0, number = 1; first < segments; first += perPart, number += 1) {
        yield partOf(number, first, Math.min(first + perPart, segments), share)
      }
    },
    assertWhole: () => assertUnchanged(source),
    dispose: () => {
      cipher.dispose()
      return Promise.resolve()
    },
  }
}

/** What is small is encrypted once, and sent from memory. */
async function sealSmall(
  { source, cipher, options, known }: FloeSealing,
  plaintextLength: number,
): Promise<SealedObject> {
  const pieces: Uint8Array[] = []
  const end = segmentCount(cipher.parameters, plaintextLength)
  for await (const piece of encryptSegments(source, plaintextLength, cipher, { first: 0, end }, options))
    pieces.push(piece)
  cipher.dispose()
  const bytes = concatBytes(...pieces)
  const whole = {
    number: 1,
    length: bytes.length,
    bytes,
    open: async function* () {
      yield bytes
    },
    dispose: () => Promise.resolve(),
  }
  return {
    ...known,
    length: bytes.length,
    whole: () => ({ ...whole, rereadable: true }),
    parts: async function* () {
      yield whole
    },
    assertWhole: () => assertUnchanged(source),
    dispose: () => Promise.resolve(),
  }
}

/** The segments `first` up to, and without, `end`. */
interface SegmentSpan {
  readonly first: number
  readonly end: number
}

/** Some segments, encrypted; before the first one of all the header. */
async function* encryptSegments(
  source: OpenSource,
  plaintextLength: number,
  cipher: FloeCipher,
  { first, end }: SegmentSpan,
  { concurrency, signal }: SealOptions,
): AsyncGenerator<Uint8Array> {
  const last = segmentCount(cipher.parameters, plaintextLength) - 1
  if (first === 0) yield cipher.header
  const atOnce = concurrencyFor(cipher.parameters.segmentLength, concurrency)
  const capacity = segmentCapacity(cipher.parameters)
  const segments = cutSource(source, plaintextLength, capacity, { first, end, atOnce }, signal)
  const encrypt = ({ index, plaintext }: { readonly index: number; readonly plaintext: Uint8Array }) =>
    cipher.encryptSegmentInPieces(index, plaintext, index === last)
  for await (const pieces of mapInOrder(segments, encrypt, atOnce)) {
    signal?.throwIfAborted()
    yield* pieces
  }
}

/**
 * The plaintext of the segments `first` up to, and without, `end`.
 *
 * @throws OsscryptError `SourceChanged`, before the last of all is given: without it OSS stores nothing.
 */
async function* cutSource(
  source: OpenSource,
  length: number,
  capacity: number,
  { first, end, atOnce }: SegmentSpan & { readonly atOnce: number },
  signal: AbortSignal | undefined,
): AsyncGenerator<{ readonly index: number; readonly plaintext: Uint8Array }> {
  const { bytes } = source
  const nextBuffer = reuseBuffers(Math.min(capacity, length - first * capacity), atOnce)
  const reader = bytes ? undefined : new ByteSource(source.read(signal, first * capacity))
  try {
    for (let index = first; index < end; index += 1) {
      const start = index * capacity
      if (!reader) {
        await assertUnchanged(source)
        yield { index, plaintext: bytes?.subarray(start, start + capacity) ?? NONE }
        continue
      }
      const plaintext = nextBuffer().subarray(0, length - start)
      const taken = await reader.takeInto(plaintext)
      const last = start + capacity >= length
      const tooLong = last && (await reader.takeUpTo(1)).length > 0
      if (taken < plaintext.length || tooLong) throw sourceChanged()
      if (last) await assertUnchanged(source)
      yield { index, plaintext }
    }
  } finally {
    await reader?.close()
  }
}
