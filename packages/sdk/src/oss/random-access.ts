import { toStream, type PlaintextStream } from '#output'
import { ByteSource } from '../bytes/byte-source.js'
import { OsscryptError } from '../errors.js'
import type { BodyLayout, BodyReader, RangePlan } from '../format/object-format.js'
import type { ByteRange } from '../store/object-store.js'
import { fetchSameObject, type ObjectIdentity } from '../transfer/fetch.js'
import { assertFits, assertRange, collectRange, type RangeResult } from './get-range.js'
import { lookAtObject } from './locate-object.js'
import { fetchOptions, openFound, type ClientParts, type ObjectInfo, type ReadOptions } from './open-object.js'

/** What reading from an open object takes. */
export interface RandomAccessReadOptions {
  readonly signal?: AbortSignal | undefined
  /** The most bytes that are taken into memory. Default: as many as a Buffer can hold. */
  readonly maxBufferLength?: number | undefined
}

/** An object that was opened for {@link RandomAccessObject}. */
interface Opened {
  readonly info: ObjectInfo
  readonly identity: ObjectIdentity
  readonly layout: BodyLayout
  readonly body: BodyReader
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
  readonly #parts: ClientParts
  readonly #name: string
  readonly #options: ReadOptions
  readonly #opened: Opened
  #closed = false

  /** Made by `openRandomAccess` of the client. */
  constructor(parts: ClientParts, name: string, options: ReadOptions, opened: Opened) {
    this.info = opened.info
    this.plaintextLength = opened.layout.plaintextLength ?? 0
    this.#parts = parts
    this.#name = name
    this.#options = options
    this.#opened = opened
  }

  /** Reads a part into memory; ranges are as with `getRange`. All of it is verified. */
  async read(range: ByteRange, options: RandomAccessReadOptions = {}): Promise<Pick<RangeResult, 'content' | 'range'>> {
    assertRange(range)
    const plan = this.#opened.layout.range(range)
    assertFits(plan, this.#name, options)
    return collectRange(this.#name, plan, this.#decrypt(plan, options.signal))
  }

  /**
   * A stream of a part, from any place: verified bytes only, and complete when it ends without an error. To be read to its end or destroyed before
   * the object is closed.
   */
  createReadStream(
    range: ByteRange = { start: 0 },
    { signal }: Pick<RandomAccessReadOptions, 'signal'> = {},
  ): PlaintextStream {
    assertRange(range)
    return toStream(this.#decrypt(this.#opened.layout.range(range), signal), signal)
  }

  /** Zeroes the keys. Nothing can be read afterwards. */
  close(): void {
    this.#closed = true
    this.#opened.body.dispose()
  }

  async *#decrypt(plan: RangePlan, signal = this.#options.signal): AsyncGenerator<Uint8Array> {
    if (this.#closed) throw new TypeError('the object was closed')
    const { identity, body } = this.#opened
    const request = fetchOptions(this.#parts, { ...this.#options, signal })
    const reading = await fetchSameObject(this.#parts.store, this.#name, request, identity, plan.ciphertext)
    const source = new ByteSource(reading.read())
    try {
      yield* body.decryptRange(plan, source)
    } finally {
      await source.close()
      reading.close()
    }
  }
}

/** Opens an object to read parts of it: one request, and one to KMS. */
export async function openRandomAccess(
  parts: ClientParts,
  name: string,
  options: ReadOptions,
): Promise<RandomAccessObject> {
  const { found, known } = await lookAtObject(parts, name, options)
  if (found.format.integrity(found.envelope.header.algorithm) !== 'segments') {
    throw new OsscryptError('NotAllowed', `parts of ${name} cannot be verified, as it is no floe object`)
  }
  const { info, layout, body } = await openFound(parts, found, known.preface, options)
  parts.knownObjects.set(name, options.versionId, known)
  return new RandomAccessObject(parts, name, options, { info, layout, body, identity: known.identity })
}
