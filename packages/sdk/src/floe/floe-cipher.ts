import { decodeUint32, encodeUint32 } from '../bytes/big-endian.js'
import { concatBytes } from '../bytes/concat.js'
import { equalInConstantTime } from '../bytes/order.js'
import { copySecret } from '../bytes/secret-bytes.js'
import { encodeUtf8 } from '../bytes/utf8.js'
import type { CryptoEngine, GcmKey } from '../crypto/engine.js'
import { IntegrityError } from '../errors.js'
import {
  decodeSegmentLength,
  encodeParameters,
  FLOE_HEADER_LENGTH,
  FLOE_IV_LENGTH,
  floeParameters,
  SEGMENT_OVERHEAD,
  segmentCapacity,
  type FloeParameters,
} from './parameters.js'

const KEY_LENGTH = 32
const HEADER_TAG_LENGTH = 32
const MESSAGE_KEY_LENGTH = 48
const SEGMENT_KEY_LENGTH = 32
const NONCE_LENGTH = 12
const TAG_LENGTH = 16
const INTERNAL_MARKER = 0xffffffff

/** What keys and tags are derived for. */
const HEADER_TAG = encodeUtf8('HEADER_TAG:')
const MESSAGE_KEY = encodeUtf8('MESSAGE_KEY:')
const SEGMENT_KEY = encodeUtf8('DEK:')

/**
 * The segments of one FLOE message. They can be made and opened in any order; each is made with a fresh random nonce, so that one that is made
 * again repeats none. Holds key bytes: {@link dispose} zeroes them.
 */
export class FloeCipher {
  readonly parameters: FloeParameters
  /** Parameters, iv and tag: the bytes before the first segment. */
  readonly header: Uint8Array
  readonly #engine: CryptoEngine
  readonly #derive: (key: Uint8Array, purpose: Uint8Array, length: number) => Promise<Uint8Array>
  readonly #messageKey: Uint8Array
  #segmentKey: { readonly epoch: number; readonly key: Promise<GcmKey> } | undefined
  #disposed = false

  private constructor(
    engine: CryptoEngine,
    parameters: FloeParameters,
    header: Uint8Array,
    messageKey: Uint8Array,
    derive: (key: Uint8Array, purpose: Uint8Array, length: number) => Promise<Uint8Array>,
  ) {
    this.#engine = engine
    this.parameters = parameters
    this.header = header
    this.#messageKey = messageKey
    this.#derive = derive
  }

  /**
   * Starts a new message under `key` (32 bytes, not kept) with a fresh iv.
   *
   * @throws RangeError for a key of another length.
   */
  static async create(
    engine: CryptoEngine,
    key: Uint8Array,
    aad: Uint8Array,
    parameters: FloeParameters,
  ): Promise<FloeCipher> {
    assertKeyLength(key)
    const iv = engine.randomBytes(FLOE_IV_LENGTH)
    const derive = deriver(engine, parameters, iv, aad)
    const tag = await derive(key, HEADER_TAG, HEADER_TAG_LENGTH)
    const messageKey = await derive(key, MESSAGE_KEY, MESSAGE_KEY_LENGTH)
    return new FloeCipher(engine, parameters, concatBytes(encodeParameters(parameters), iv, tag), messageKey, derive)
  }

  /**
   * Opens a message by its header. When this resolves, key, additional data and parameters are those the message was made with.
   *
   * @throws RangeError for a key that has not 32 bytes; FormatError when it is no FLOE header; IntegrityError when its tag is wrong.
   */
  static async open(
    engine: CryptoEngine,
    key: Uint8Array,
    aad: Uint8Array,
    header: Uint8Array,
    rotationBits?: number,
  ): Promise<FloeCipher> {
    assertKeyLength(key)
    const parameters = floeParameters(decodeSegmentLength(header), rotationBits)
    const iv = header.subarray(10, 10 + FLOE_IV_LENGTH)
    const derive = deriver(engine, parameters, iv, aad)
    const tag = await derive(key, HEADER_TAG, HEADER_TAG_LENGTH)
    if (!equalInConstantTime(tag, header.subarray(10 + FLOE_IV_LENGTH, FLOE_HEADER_LENGTH))) throw new IntegrityError()
    const messageKey = await derive(key, MESSAGE_KEY, MESSAGE_KEY_LENGTH)
    return new FloeCipher(engine, parameters, concatBytes(header), messageKey, derive)
  }

  /** Makes segment `index`. All but the last are of full capacity. */
  async encryptSegment(index: number, plaintext: Uint8Array, last: boolean): Promise<Uint8Array> {
    return concatBytes(...(await this.encryptSegmentInPieces(index, plaintext, last)))
  }

  /** {@link encryptSegment}, as the pieces that it consists of: what is sent on need not be joined first. */
  async encryptSegmentInPieces(index: number, plaintext: Uint8Array, last: boolean): Promise<Uint8Array[]> {
    const capacity = segmentCapacity(this.parameters)
    const { length } = plaintext
    if (last ? length > capacity : length !== capacity) throw new RangeError('a segment of a wrong length')
    const key = await this.#keyOf(index)
    const nonce = this.#engine.randomBytes(NONCE_LENGTH)
    const sealed = await key.seal(nonce, segmentAad(index, last), plaintext)
    this.#assertUsable()
    // A buffer may have been transferred to somewhere else, or made shorter, before it was read.
    if (sealed.length !== length + TAG_LENGTH) throw new RangeError('a segment of a wrong length')
    return [concatBytes(encodeUint32(last ? SEGMENT_OVERHEAD + length : INTERNAL_MARKER), nonce), sealed]
  }

  /**
   * Opens segment `index`. The plaintext is what was written at that place, and is the end of the message exactly if `last`.
   *
   * @throws IntegrityError.
   */
  async decryptSegment(index: number, segment: Uint8Array, last: boolean): Promise<Uint8Array> {
    const { segmentLength } = this.parameters
    const lengthIsRight = last
      ? segment.length >= SEGMENT_OVERHEAD && segment.length <= segmentLength
      : segment.length === segmentLength
    if (!lengthIsRight || decodeUint32(segment) !== (last ? segment.length : INTERNAL_MARKER))
      throw new IntegrityError()
    const key = await this.#keyOf(index)
    return key.open(segment.subarray(4, 4 + NONCE_LENGTH), segmentAad(index, last), segment.subarray(4 + NONCE_LENGTH))
  }

  /** Zeroes the keys. Nothing can be encrypted or decrypted afterwards. */
  dispose(): void {
    this.#disposed = true
    this.#messageKey.fill(0)
    this.#segmentKey = undefined
  }

  /** Whoever is still at work would encrypt under zeros, which everybody knows. */
  #assertUsable(): void {
    if (this.#disposed) throw new TypeError('the FLOE cipher was disposed')
  }

  async #keyOf(index: number): Promise<GcmKey> {
    this.#assertUsable()
    const period = 2 ** this.parameters.rotationBits
    const epoch = Math.floor(index / period)
    if (this.#segmentKey?.epoch !== epoch) this.#segmentKey = { epoch, key: this.#deriveKey(epoch * period) }
    const key = await this.#segmentKey.key
    this.#assertUsable()
    return key
  }

  /** The key of the segments from number `first` on. */
  async #deriveKey(first: number): Promise<GcmKey> {
    const purpose = concatBytes(SEGMENT_KEY, encodeUint64(first))
    const bytes = await this.#derive(this.#messageKey, purpose, SEGMENT_KEY_LENGTH)
    try {
      return await this.#engine.importGcmKey(bytes)
    } finally {
      bytes.fill(0)
    }
  }
}

function assertKeyLength({ length }: Uint8Array): void {
  if (length !== KEY_LENGTH)
    throw new RangeError(`a FLOE key has ${String(KEY_LENGTH)} bytes, and not ${String(length)}`)
}

/** HKDF-Expand with SHA-384 (RFC 5869, section 2.3), of at most one block: `info` is parameters, iv, purpose, additional data. */
function deriver(engine: CryptoEngine, parameters: FloeParameters, iv: Uint8Array, aad: Uint8Array) {
  const prefix = concatBytes(encodeParameters(parameters), iv)
  return async (key: Uint8Array, purpose: Uint8Array, length: number): Promise<Uint8Array> => {
    const block = await engine.hmacSha384(key, concatBytes(prefix, purpose, aad, Uint8Array.of(1)))
    const derived = copySecret(block.subarray(0, length))
    block.fill(0)
    return derived
  }
}

function segmentAad(index: number, last: boolean): Uint8Array {
  return concatBytes(encodeUint64(index), Uint8Array.of(last ? 1 : 0))
}

function encodeUint64(value: number): Uint8Array {
  return concatBytes(encodeUint32(Math.floor(value / 2 ** 32)), encodeUint32(value % 2 ** 32))
}
