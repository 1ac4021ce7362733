import { toStream, type PlaintextStream } from '#output'
import { ByteSource } from '../bytes/byte-source.js'
import { quote } from '../bytes/quote.js'
import { OsscryptError } from '../errors.js'
import type { BodyLayout, BodyReader, RangePlan } from '../format/object-format.js'
import { assertOptions, type OptionNames } from '../options.js'
import type { ByteRange } from '../store/object-store.js'
import { fetchSameObject, type ObjectReading } from '../transfer/fetch.js'
import { assertFits, assertRange, collectRange, type RangeResult } from './get-range.js'
import { isStale, lookAtObject, type LocatedObject } from './locate-object.js'
import { fetchOptions, openFound, type ClientParts, type ObjectInfo, type ReadOptions } from './open-object.js'

/** What reading from an open object takes. */
export interface RandomAccessReadOptions {
  readonly signal?: AbortSignal | undefined
  /** The most bytes that are taken into memory. Default: as many as a Buffer can hold. */
  readonly maxBufferLength?: number | undefined
}

const READ_OPTIONS: OptionNames<RandomAccessReadOptions> = { signal: true, maxBufferLength: true }

/** An object that was opened for a {@link RandomAccessObject}. */
interface OpenedForParts {
  readonly info: ObjectInfo
  readonly located: LocatedObject
  readonly body: BodyReader
}

/** A part whose bytes are on their way. */
interface OpenedRange {
  readonly plan: RangePlan
  readonly reading: ObjectReading
}

/**
 * A `floe` object that was opened once, of which any part can be read, verified, with one request each and without asking KMS again. When the
 * object is replaced meanwhile, reading fails with ServiceError `ObjectChanged`. Holds keys: to be closed.
 */
export class RandomAccessObject {
  /** What is said of the object. Its envelope is verified. */
  readonly info: ObjectInfo
  readonly #parts: ClientParts
  readonly #name: string
  readonly #options: ReadOptions
  readonly #body: BodyReader
  #located: LocatedObject
  #layout: BodyLayout
  #closed = false

  /** Made by `openRandomAccess` of the client. */
  constructor(parts: ClientParts, name: string, options: ReadOptions, { info, located, body }: OpenedForParts) {
    this.info = info
    this.#parts = parts
    this.#name = name
    this.#options = options
    this.#body = body
    this.#located = located
    this.#layout = layoutOf(located)
  }

  /** Bytes of plaintext, by what OSS says: a read that rests on it verifies it, and so does {@link verifyLength}. */
  get plaintextLength(): number {
    return this.#layout.plaintextLength ?? 0
  }

  /** Bytes of plaintext, verified: one request, for the object's last segment. */
  async verifyLength(options: Pick<RandomAccessReadOptions, 'signal'> = {}): Promise<number> {
    assertOptions('verifyLength', options, { signal: true })
    const { plan, reading } = await this.#open({ start: -1 }, options.signal)
    try {
      await this.#body.authenticate(plan, new ByteSource(reading.read()))
    } finally {
      reading.close()
    }
    const { identity, format, envelope, preface } = this.#located
    const known = { etag: identity.etag, format, envelope, preface, verifiedLength: identity.totalLength }
    this.#parts.knownObjects.set(this.#name, this.#options.versionId, known)
    return this.plaintextLength
  }

  /** Reads a part into memory; ranges are as with `getRange`. All of it is verified. */
  async read(range: ByteRange, options: RandomAccessReadOptions = {}): Promise<Pick<RangeResult, 'content' | 'range'>> {
    assertRange(range)
    assertOptions('read', options, READ_OPTIONS)
    const opened = await this.#open(range, options.signal, (plan) => assertFits(plan, options))
    return collectRange(this.#name, opened.plan, this.#decrypt(opened))
  }

  /**
   * A stream of a part, from any place: verified bytes only, and complete when it ends without an error. To be read to its end or destroyed before
   * the object is closed.
   */
  createReadStream(
    range: ByteRange = { start: 0 },
    options: Pick<RandomAccessReadOptions, 'signal'> = {},
  ): PlaintextStream {
    assertRange(range)
    assertOptions('createReadStream', options, { signal: true })
    return toStream(this.#read(range, options.signal), options.signal)
  }

  /** Zeroes the keys. Nothing can be read afterwards. */
  close(): void {
    this.#closed = true
    this.#body.dispose()
  }

  async *#read(range: ByteRange, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    yield* this.#decrypt(await this.#open(range, signal))
  }

  async *#decrypt({ plan, reading }: OpenedRange): AsyncGenerator<Uint8Array> {
    const source = new ByteSource(reading.read())
    try {
      yield* this.#body.decryptRange(plan, source)
    } finally {
      await source.close()
      reading.close()
    }
  }

  /**
   * Opens a part. The length that OSS said when the object was opened may have been wrong, and then OSS says another one now: it is asked once more,
   * and it is the last segment that has to show who is right.
   */
  async #open(
    range: ByteRange,
    signal = this.#options.signal,
    assertPlan: (plan: RangePlan) => void = () => undefined,
  ): Promise<OpenedRange> {
    if (this.#closed) throw new TypeError('the object was closed')
    const request = { ...this.#options, signal }
    const before = this.#located.identity
    try {
      return await this.#openBy(this.#located, range, request, assertPlan)
    } catch (error) {
      if (!isStale(error)) throw error
      const { located } = await lookAtObject(this.#parts, this.#name, request)
      const { etag, totalLength } = located.identity
      if (etag !== before.etag || totalLength === before.totalLength) throw error
      const opened = await this.#openBy(located, range, request, assertPlan)
      this.#located = { ...this.#located, identity: located.identity }
      this.#layout = layoutOf(this.#located)
      return opened
    }
  }

  async #openBy(
    located: LocatedObject,
    range: ByteRange,
    options: ReadOptions,
    assertPlan: (plan: RangePlan) => void,
  ): Promise<OpenedRange> {
    const plan = layoutOf(located).range(range)
    assertPlan(plan)
    const request = fetchOptions(this.#parts, options)
    const reading = await fetchSameObject(this.#parts.store, this.#name, request, located.identity, plan.ciphertext)
    return { plan, reading }
  }
}

/** Opens an object to read parts of it: one request, and one to KMS. */
export async function openRandomAccess(
  parts: ClientParts,
  name: string,
  options: ReadOptions,
): Promise<RandomAccessObject> {
  const { found, located } = await lookAtObject(parts, name, options)
  const { format, envelope, preface } = located
  if (format.integrity(envelope.header.algorithm) !== 'segments') {
    throw new OsscryptError(
      'NotAllowed',
      `neither parts of ${quote(name)} nor its length can be verified without reading all of it, as it is no floe object`,
    )
  }
  const { info, body } = await openFound(parts, found, preface, options)
  const known = { etag: located.identity.etag, format, envelope, preface, verifiedLength: undefined }
  parts.knownObjects.set(name, options.versionId, known)
  return new RandomAccessObject(parts, name, options, { info, located, body })
}

function layoutOf({ format, envelope, preface, identity }: LocatedObject): BodyLayout {
  return format.layout(envelope, preface, identity.totalLength)
}
