import { Readable } from 'node:stream'
import { constants } from 'node:buffer'
import { ByteSource } from '../bytes/byte-source.js'
import { OsscryptError, ServiceError } from '../errors.js'
import type { FloeCipher } from '../floe/floe-cipher.js'
import { FLOE_HEADER_LENGTH } from '../floe/parameters.js'
import { onAbort } from '../retry/on-abort.js'
import { openFloeCipher } from './floe-body.js'
import type { KnownFloeObject } from './floe-headers.js'
import { decryptFloeRange, planFloeRange, type FloeRangePlan } from './floe-range.js'
import { collectFloeRange, learnFloeObject } from './get-floe-range.js'
import { assertRange, type RangeParts } from './get-range.js'
import type { ByteRange } from './object-store.js'
import { findObject, storeOptions, unlockObject, type ObjectInfo, type ReadOptions } from './open-object.js'
import type { RangeResult } from './range-result.js'
import { readSameObject, type ObjectIdentity } from './read-object.js'

/** What reading from an open object takes. */
export interface RandomAccessReadOptions {
  readonly signal?: AbortSignal | undefined
  /** The most bytes that are taken into memory. Default: as many as a Buffer can hold. */
  readonly maxBufferLength?: number | undefined
}

/**
 * A `floe` object that was opened once, of which any part can be read, verified, with one request each and without asking KMS again. When the
 * object is replaced meanwhile, reading fails with ServiceError `ObjectChanged`. Holds keys: to be closed.
 */
export class RandomAccessObject {
  /** What is said of the object. Its envelope is verified. */
  readonly info: ObjectInfo
  /** Bytes of plaintext, by what OSS says; a read that rests on it verifies it. */
  readonly plaintextLength: number
  readonly #parts: RangeParts
  readonly #name: string
  readonly #options: ReadOptions
  readonly #known: KnownFloeObject
  readonly #cipher: FloeCipher
  #closed = false

  /** Made by `openRandomAccess` of the client. */
  constructor(
    parts: RangeParts,
    name: string,
    options: ReadOptions,
    opened: { readonly info: ObjectInfo; readonly known: KnownFloeObject; readonly cipher: FloeCipher },
  ) {
    this.info = opened.info
    this.plaintextLength = planFloeRange(opened.known, { start: 0 }).totalLength
    this.#parts = parts
    this.#name = name
    this.#options = options
    this.#known = opened.known
    this.#cipher = opened.cipher
  }

  /** Reads a part into memory; ranges are as with `getRange`. All of it is verified. */
  async read(range: ByteRange, options: RandomAccessReadOptions = {}): Promise<Pick<RangeResult, 'content' | 'range'>> {
    assertRange(range)
    const plan = planFloeRange(this.#known, range)
    if (plan.end - plan.start + 1 > (options.maxBufferLength ?? constants.MAX_LENGTH)) {
      throw new OsscryptError('LimitExceeded', 'the range is larger than fits in memory')
    }
    return collectFloeRange(this.#name, plan, this.#decrypt(plan, options.signal))
  }

  /**
   * A stream of a part, from any place: verified bytes only, and complete when it ends without an error. To be read to its end or destroyed before
   * the object is closed.
   */
  createReadStream(range: ByteRange = { start: 0 }, options: Pick<RandomAccessReadOptions, 'signal'> = {}): Readable {
    assertRange(range)
    const { signal } = options
    const stream = Readable.from(this.#decrypt(planFloeRange(this.#known, range), signal), { objectMode: false })
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

  async *#decrypt(plan: FloeRangePlan, signal = this.#options.signal): AsyncGenerator<Uint8Array> {
    if (this.#closed) throw new TypeError('the object was closed')
    const identity: ObjectIdentity = this.#known
    const request = { ...this.#parts, ...storeOptions(this.#options), signal }
    const reading = await readSameObject(this.#parts.store, this.#name, request, identity, plan.ciphertext)
    const source = new ByteSource(reading.read())
    try {
      yield* decryptFloeRange(this.#cipher, source, plan)
    } finally {
      await source.close()
      reading.discard()
    }
  }
}

/** Opens an object to read parts of it: one request, and one to KMS. */
export async function openRandomAccess(
  parts: RangeParts,
  name: string,
  options: ReadOptions,
): Promise<RandomAccessObject> {
  const found = await findObject(parts, name, { ...options, range: { start: 0, end: FLOE_HEADER_LENGTH - 1 } })
  if (found.envelope.header.algorithm.mode !== 'FLOE') {
    found.reading.discard()
    throw new OsscryptError('NotAllowed', `parts of ${name} cannot be verified, as it is no floe object`)
  }
  const known = await learnFloeObject(parts, name, options, found.reading)
  parts.floeHeaders.set(name, options.versionId, known)
  if (found.reading.answer.headers['etag'] !== known.etag) {
    throw new ServiceError('ObjectChanged', `${name} changed while it was being opened`, { service: 'oss' })
  }
  const { dataKey, envelope, info } = await unlockObject(parts, found, options)
  try {
    const cipher = await openFloeCipher(envelope.header, dataKey, known.floeHeader)
    return new RandomAccessObject(parts, name, options, { info, known, cipher })
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
