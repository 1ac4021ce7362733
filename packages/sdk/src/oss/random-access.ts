import { Readable } from 'node:stream'
import { constants } from 'node:buffer'
import { ByteSource } from '../bytes/byte-source.js'
import { quote } from '../bytes/quote.js'
import { OsscryptError } from '../errors.js'
import type { FloeCipher } from '../floe/floe-cipher.js'
import { onAbort } from '../retry/on-abort.js'
import { openFloeCipher, peekFloeHeader } from './floe-body.js'
import type { UnverifiedFloeFacts } from './floe-headers.js'
import { decryptFloeRange, planFloeRange, type FloeRangePlan } from './floe-range.js'
import { collectFloeRange, FLOE_HEADER_RANGE, floeFacts, isStale, learnFloeObject } from './get-floe-range.js'
import { assertRange, type RangeParts } from './get-range.js'
import type { ByteRange } from './object-store.js'
import { findObject, readingOptions, unlockObject, type ObjectInfo, type ReadOptions } from './open-object.js'
import type { RangeResult } from './range-result.js'
import { readSameObject, type ObjectReading } from './read-object.js'

/** What reading from an open object takes. */
export interface RandomAccessReadOptions {
  readonly signal?: AbortSignal | undefined
  /** The most bytes that are taken into memory. Default: as many as a Buffer can hold. */
  readonly maxBufferLength?: number | undefined
}

/** A part whose bytes are on their way. */
interface OpenedRange {
  readonly plan: FloeRangePlan
  readonly reading: ObjectReading
}

/**
 * A `floe` object that was opened once, of which any part can be read, verified, with one request each and without asking KMS again. When the
 * object is replaced meanwhile, reading fails with ServiceError `ObjectChanged`. Holds keys: to be closed.
 */
export class RandomAccessObject {
  /** What is said of the object. Its envelope is verified. */
  readonly info: ObjectInfo
  readonly #parts: RangeParts
  readonly #name: string
  readonly #options: ReadOptions
  readonly #cipher: FloeCipher
  #facts: UnverifiedFloeFacts
  #closed = false

  /** Made by `openRandomAccess` of the client. */
  constructor(
    parts: RangeParts,
    name: string,
    options: ReadOptions,
    opened: { readonly info: ObjectInfo; readonly facts: UnverifiedFloeFacts; readonly cipher: FloeCipher },
  ) {
    this.info = opened.info
    this.#parts = parts
    this.#name = name
    this.#options = options
    this.#facts = opened.facts
    this.#cipher = opened.cipher
  }

  /** Bytes of plaintext, by what OSS says: a read that rests on it verifies it, and so does {@link verifyLength}. */
  get plaintextLength(): number {
    return planFloeRange(this.#facts, { start: 0 }).totalLength
  }

  /** Bytes of plaintext, verified: one request, for the object's last segment. */
  async verifyLength(options: Pick<RandomAccessReadOptions, 'signal'> = {}): Promise<number> {
    const { plan, reading } = await this.#open({ start: -1 }, options.signal)
    for await (const piece of decryptReading(this.#cipher, reading, plan)) piece.fill(0)
    const { etag, floeHeader } = this.#facts
    const known = { etag, floeHeader, verifiedLength: plan.objectLength }
    this.#parts.floeHeaders.set(this.#name, this.#options.versionId, known)
    return plan.totalLength
  }

  /** Reads a part into memory; ranges are as with `getRange`. All of it is verified. */
  async read(range: ByteRange, options: RandomAccessReadOptions = {}): Promise<Pick<RangeResult, 'content' | 'range'>> {
    assertRange(range)
    const { plan, reading } = await this.#open(range, options.signal, (length) => {
      if (length > (options.maxBufferLength ?? constants.MAX_LENGTH)) {
        throw new OsscryptError('LimitExceeded', 'the range is larger than fits in memory')
      }
    })
    try {
      return await collectFloeRange(this.#name, plan, decryptReading(this.#cipher, reading, plan))
    } finally {
      reading.discard()
    }
  }

  /**
   * A stream of a part, from any place: verified bytes only, and complete when it ends without an error. To be read to its end or destroyed before
   * the object is closed.
   */
  createReadStream(range: ByteRange = { start: 0 }, options: Pick<RandomAccessReadOptions, 'signal'> = {}): Readable {
    assertRange(range)
    const { signal } = options
    const stream = Readable.from(this.#read(range, signal), { objectMode: false })
    const abort = () => void stream.destroy(signal?.reason as Error)
    const unlisten = onAbort(signal, abort)
    stream.once('close', () => {
      unlisten()
    })
    return stream
  }

  /** Zeroes the keys. Nothing can be read afterwards. */
  close(): void {
    this.#closed = true
    this.#cipher.dispose()
  }

  async *#read(range: ByteRange, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const { plan, reading } = await this.#open(range, signal)
    yield* decryptReading(this.#cipher, reading, plan)
  }

  /**
   * Opens a part. The length that OSS said when the object was opened may have been wrong, and then OSS says another one now: it is asked once more,
   * and it is the last segment that has to show who is right.
   */
  async #open(
    range: ByteRange,
    signal = this.#options.signal,
    assertFits: (length: number) => void = () => undefined,
  ): Promise<OpenedRange> {
    if (this.#closed) throw new TypeError('the object was closed')
    const request = { ...this.#options, signal }
    const facts = this.#facts
    try {
      return await this.#openBy(facts, range, request, assertFits)
    } catch (error) {
      if (!isStale(error)) throw error
      const again = await learnFloeObject(this.#parts, this.#name, request)
      if (again.etag !== facts.etag || again.totalLength === facts.totalLength) throw error
      const opened = await this.#openBy(again, range, request, assertFits)
      this.#facts = { ...facts, totalLength: again.totalLength }
      return opened
    }
  }

  async #openBy(
    facts: UnverifiedFloeFacts,
    range: ByteRange,
    options: ReadOptions,
    assertFits: (length: number) => void,
  ): Promise<OpenedRange> {
    const plan = planFloeRange(facts, range)
    assertFits(plan.end - plan.start + 1)
    const request = readingOptions(this.#parts, options)
    const reading = await readSameObject(this.#parts.store, this.#name, request, facts, plan.ciphertext)
    return { plan, reading }
  }
}

async function* decryptReading(
  cipher: FloeCipher,
  reading: ObjectReading,
  plan: FloeRangePlan,
): AsyncGenerator<Uint8Array> {
  const source = new ByteSource(reading.read())
  try {
    yield* decryptFloeRange(cipher, source, plan)
  } finally {
    await source.close()
    reading.discard()
  }
}

/** Opens an object to read parts of it: one request, and one to KMS. */
export async function openRandomAccess(
  parts: RangeParts,
  name: string,
  options: ReadOptions,
): Promise<RandomAccessObject> {
  const found = await findObject(parts, name, { ...options, range: FLOE_HEADER_RANGE })
  if (found.envelope.header.algorithm.mode !== 'FLOE') {
    found.reading.discard()
    throw new OsscryptError(
      'NotAllowed',
      `neither parts of ${quote(name)} nor its length can be verified without reading all of it, as it is no floe object`,
    )
  }
  const { floeHeader, reading } = await peekFloeHeader(found.reading)
  const { dataKey, envelope, info } = await unlockObject(parts, { ...found, reading }, options, floeHeader)
  // Its start is what was needed of it.
  reading.discard()
  try {
    const facts = floeFacts(reading, floeHeader)
    // Of some lengths there is no object.
    planFloeRange(facts, { start: 0 })
    const cipher = await openFloeCipher(envelope.header, dataKey, floeHeader)
    parts.floeHeaders.set(name, options.versionId, { etag: facts.etag, floeHeader, verifiedLength: undefined })
    return new RandomAccessObject(parts, name, options, { info, facts, cipher })
  } finally {
    dataKey.fill(0)
  }
}

/** Options of reading several parts of an object. */
export interface GetRangesOptions extends ReadOptions {
  /** How many parts are read at a time. Default 4. */
  readonly parallel?: number | undefined
  /** The most bytes of a part that are taken into memory. Default: as many as a Buffer can hold. */
  readonly maxBufferLength?: number | undefined
}

/** Reads several parts of a `floe` object. */
export async function getRanges(
  parts: RangeParts,
  name: string,
  ranges: readonly ByteRange[],
  { parallel = 4, maxBufferLength, ...options }: GetRangesOptions,
): Promise<Pick<RangeResult, 'content' | 'range'>[]> {
  for (const range of ranges) assertRange(range)
  const object = await openRandomAccess(parts, name, options)
  try {
    const results: Pick<RangeResult, 'content' | 'range'>[] = []
    const waiting = [...ranges.entries()]
    const work = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        results[next[0]] = await object.read(next[1], { maxBufferLength })
      }
    }
    await Promise.all(Array.from({ length: Math.max(1, Math.min(parallel, ranges.length)) }, work))
    return results
  } finally {
    object.close()
  }
}
