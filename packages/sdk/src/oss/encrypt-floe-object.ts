import { engine } from '#crypto-engine'
import { ByteSource } from '../bytes/byte-source.js'
import { FloeCipher } from '../floe/floe-cipher.js'
import { encryptFloe } from '../floe/floe-stream.js'
import {
  assertSegmentLength,
  ciphertextLength,
  DEFAULT_SEGMENT_LENGTH,
  FLOE_HEADER_LENGTH,
  floeParameters,
  segmentCapacity,
  segmentCount,
} from '../floe/parameters.js'
import { inPieces } from '../io/pieces.js'
import { Spool } from '../io/spool.js'
import type { Envelope } from '../keys/envelope.js'
import { encodeCommittedFields } from '../message/header.js'
import { crc64Of } from './crc64.js'
import type { EncryptedObject, EncryptObjectOptions } from './encrypted-object.js'
import { openFloeCipher } from './floe-body.js'
import { Sending, type ObjectPart } from './object-part.js'
import { growingPartLength, MAX_PART_LENGTH, partLengthFor } from './part-plan.js'
import { assertUnchanged, sourceChanged, type OpenSource } from './open-source.js'

/** How a FLOE object is encrypted. */
export interface EncryptFloeObjectOptions extends EncryptObjectOptions {
  readonly segmentLength?: number | undefined
}

/** Files and buffers up to this length are held as ciphertext, and sent as one piece: that is what costs least. */
const SMALL_LENGTH = 64 * 1024

/** As much of a stream is held so that a short one can be sent in one request. */
const HELD_LENGTH = 8 * 1024 * 1024

/**
 * Parts of a stream up to this length are held in memory, longer ones, such as those of the default length, in temporary files: several are on
 * their way at once, and together they would take more memory than all else.
 */
const HELD_PART_LENGTH = 4 * 1024 * 1024

const NONE = new Uint8Array(0)

/**
 * Encrypts an object's body as FLOE, in one pass while it is sent. Every segment that is sent again is made again, with a fresh nonce; what a
 * stream gave is held as ciphertext until its part has been sent.
 *
 * @param floeHeader Only to take up an upload that was begun with it; fresh otherwise.
 * @throws FormatError `LimitExceeded` for a segment length out of bounds; what reading the source throws.
 */
export async function encryptFloeObject(
  source: OpenSource,
  { header, dataKey }: Envelope,
  options: EncryptFloeObjectOptions,
  floeHeader?: Uint8Array,
): Promise<EncryptedObject> {
  const { segmentLength = DEFAULT_SEGMENT_LENGTH } = options
  assertSegmentLength(segmentLength)
  const cipher = floeHeader
    ? await openFloeCipher(header, dataKey, floeHeader)
    : await FloeCipher.create(engine, dataKey, encodeCommittedFields(header), floeParameters(segmentLength))
  try {
    const { rereadable, length = 0 } = source
    if (!rereadable) return await encryptOnce(source, cipher, options)
    return length > SMALL_LENGTH || floeHeader
      ? encryptRereadable(source, length, cipher, options)
      : await encryptSmall(source, length, cipher, options)
  } catch (error) {
    cipher.dispose()
    throw error
  }
}

/** Segments of a file or a buffer are made when they are sent, from where they are in it. */
function encryptRereadable(
  source: OpenSource,
  plaintextLength: number,
  cipher: FloeCipher,
  options: EncryptObjectOptions,
): EncryptedObject {
  const { parameters } = cipher
  const segments = segmentCount(parameters, plaintextLength)
  const length = ciphertextLength(parameters, plaintextLength)
  const sending = new Sending(options, length)
  const partOf = (number: number, first: number, end: number): ObjectPart => {
    const start = first === 0 ? 0 : FLOE_HEADER_LENGTH + first * parameters.segmentLength
    const stop = Math.min(length, FLOE_HEADER_LENGTH + end * parameters.segmentLength)
    return sending.part(number, stop - start, () =>
      encryptSegments(source, plaintextLength, cipher, first, end, options.signal),
    )
  }
  return {
    iv: NONE,
    authTag: NONE,
    floeHeader: cipher.header,
    length,
    crc64: undefined,
    whole: () => partOf(1, 0, segments),
    parts: async function* () {
      const most = Math.floor((MAX_PART_LENGTH - FLOE_HEADER_LENGTH) / parameters.segmentLength)
      const perPart = Math.min(
        most,
        Math.max(1, Math.ceil(partLengthFor(length, options.partLength) / parameters.segmentLength)),
      )
      for (let first = 0, number = 1; first < segments; first += perPart, number += 1) {
        yield partOf(number, first, Math.min(first + perPart, segments))
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
async function encryptSmall(
  source: OpenSource,
  plaintextLength: number,
  cipher: FloeCipher,
  options: EncryptObjectOptions,
): Promise<EncryptedObject> {
  const pieces: Uint8Array[] = []
  const end = segmentCount(cipher.parameters, plaintextLength)
  for await (const piece of encryptSegments(source, plaintextLength, cipher, 0, end, options.signal)) pieces.push(piece)
  const bytes = Buffer.concat(pieces)
  const { length } = bytes
  const crc64 = options.checkCrc64 ? await crc64Of(bytes) : undefined
  const sending = new Sending(options, length)
  const read = async function* () {
    yield* inPieces(bytes)
  }
  const part = () => sending.part(1, length, read, undefined, crc64)
  return {
    iv: NONE,
    authTag: NONE,
    floeHeader: cipher.header,
    length,
    crc64: undefined,
    whole: () => {
      const { body, crc64: sent } = part()
      return { body: { ...body, bytes }, crc64: sent }
    },
    parts: async function* () {
      yield part()
    },
    assertWhole: () => assertUnchanged(source),
    dispose: () => {
      cipher.dispose()
      return Promise.resolve()
    },
  }
}

/** The segments `first` up to, and without, `end`; before the first one of all the header. */
async function* encryptSegments(
  source: OpenSource,
  plaintextLength: number,
  cipher: FloeCipher,
  first: number,
  end: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const last = segmentCount(cipher.parameters, plaintextLength) - 1
  let index = first
  if (first === 0) yield cipher.header
  for await (const plaintext of cutSource(source, plaintextLength, segmentCapacity(cipher.parameters), index, signal)) {
    signal?.throwIfAborted()
    yield* await cipher.encryptSegmentInPieces(index, plaintext, index === last)
    index += 1
    if (index === end) return
  }
}

/**
 * A source's bytes in lengths of `capacity`, from the one with number `first` on. Each is its reader's until the next is asked for.
 *
 * @throws OsscryptError `SourceChanged`, before the last of them is given: without it OSS stores nothing.
 */
async function* cutSource(
  source: OpenSource,
  length: number,
  capacity: number,
  first: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const { bytes } = source
  let start = first * capacity
  if (bytes) {
    do yield bytes.subarray(start, start + capacity)
    while ((start += capacity) < length)
    return
  }
  const reader = new ByteSource(source.read(signal, start))
  // One for all: a segment's plaintext is done with when its ciphertext is there.
  const held = new Uint8Array(Math.min(capacity, length - start))
  try {
    for (let last = false; !last; start += capacity) {
      last = length - start <= capacity
      const piece = held.subarray(0, length - start)
      const taken = await reader.takeInto(piece)
      const tooLong = last && (await reader.takeUpTo(1)).length > 0
      if (taken < piece.length || tooLong) throw sourceChanged()
      if (last) await assertUnchanged(source)
      yield piece
    }
  } finally {
    await reader.close()
  }
}

/** The segments of a stream are made once, in their order. */
async function encryptOnce(
  source: OpenSource,
  cipher: FloeCipher,
  options: EncryptObjectOptions,
): Promise<EncryptedObject> {
  const { memoryLimit = HELD_LENGTH, signal } = options
  const pieces = encryptFloe(cipher, source.read(signal))
  const start = new Spool({ ...options, memoryLimit: Infinity })
  const dispose = async () => {
    // Else a stream that stands still would be waited for.
    void source.discard()
    await pieces.return(undefined)
    await start.dispose()
    cipher.dispose()
  }
  try {
    let ended = false
    while (!ended && start.length <= memoryLimit) {
      const next = await pieces.next()
      if (next.done) ended = true
      else await start.append(next.value)
    }
    const length = ended ? start.length : undefined
    const bytes = ended ? start.bytes : undefined
    const crc64 = bytes && options.checkCrc64 ? await crc64Of(bytes) : undefined
    const sending = new Sending(options, length)
    const all = async function* () {
      yield* start.read()
      // What has not ended is sent once only.
      if (!ended) await start.dispose()
      yield* pieces
    }
    return {
      iv: NONE,
      authTag: NONE,
      floeHeader: cipher.header,
      length,
      crc64: undefined,
      whole: () => {
        const { body, crc64: sent } = sending.part(1, start.length, all, undefined, crc64)
        return { body: { ...body, length, rereadable: ended, bytes }, crc64: sent }
      },
      parts: () => gatherParts(sending, all(), options),
      assertWhole: () => Promise.resolve(),
      dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** Parts of what comes, each held until it has been sent. */
async function* gatherParts(
  sending: Sending,
  pieces: AsyncIterable<Uint8Array>,
  options: EncryptObjectOptions,
): AsyncGenerator<ObjectPart> {
  const { partLength: wanted, memoryLimit: limit = HELD_PART_LENGTH } = options
  let number = 1
  // What is going to be too long to be held is not held first.
  const begin = () => new Spool({ ...options, memoryLimit: growingPartLength(number, wanted) < limit ? limit : 0 })
  let held = begin()
  /** Hands the bytes held to whoever takes the part. */
  const handOver = () => {
    const part = heldPart(sending, number, held)
    number += 1
    held = begin()
    return part
  }
  try {
    for await (const piece of pieces) {
      await held.append(piece)
      if (held.length >= growingPartLength(number, wanted)) yield handOver()
    }
    if (held.length > 0) yield handOver()
  } finally {
    await held.dispose()
  }
}

function heldPart(sending: Sending, number: number, held: Spool): ObjectPart {
  return sending.part(
    number,
    held.length,
    () => held.read(),
    () => held.dispose(),
  )
}
