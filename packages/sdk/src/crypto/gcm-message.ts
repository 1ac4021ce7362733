import { createBlockCipher, keepFreedMemory, type BlockCipher } from '#body-cipher'
import { concatBytes } from '../bytes/concat.js'
import { equalInConstantTime } from '../bytes/order.js'
import { copySecret } from '../bytes/secret-bytes.js'
import { IntegrityError } from '../errors.js'
import { toWebBytes, type WebBytes } from './web-bytes.js'
import {
  add,
  decodeElement,
  encodeElement,
  invert,
  lengthBlock,
  multiplier,
  polynomialOf,
  powers,
  ZERO,
  type Element,
  type Multiplier,
} from './ghash-field.js'

// One AES-GCM message (NIST SP 800-38D), made and verified in parts of any size and in any order, with nothing but Web Crypto. A part is encrypted
// by one call with an iv that leads to just the counter that the message has at that place; the tag of that call, which never leaves this file,
// gives the part's share of GHASH; as GHASH is linear, the shares add up to the message's. Parts are checked by having them authenticated as
// additional data, and decrypted as AES-CTR.

const BLOCK_LENGTH = 16
const IV_LENGTH = 12
const TAG_LENGTH = 16

/** GCM's counters have 32 bits, two of which are not for text (section 5.2.1.1). */
const MAX_LENGTH = 2 ** 36 - 32

type ImportedKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/** What the parts of one message share. */
interface Keys {
  readonly gcm: ImportedKey
  readonly ctr: ImportedKey
  readonly block: BlockCipher
}

/** A part that was taken into account. */
interface Share {
  readonly length: number
  readonly polynomial: Element
}

/**
 * A message under one key and iv. Either it is encrypted, or it is decrypted; parts start at whole blocks, and all but the last consist of whole
 * blocks. What is given to a call may be changed as soon as the call has returned its promise.
 */
export class GcmMessage {
  readonly #keys: Keys
  readonly #iv: Uint8Array
  readonly #aad: Uint8Array
  readonly #byKey: Multiplier
  readonly #byInverse: Multiplier
  readonly #inversePowers: (exponent: number) => Element
  readonly #keyPowers: (exponent: number) => Element
  /** The first counter block, encrypted: the mask of the message's tag. */
  readonly #mask: Element
  readonly #shares = new Map<number, Share>()
  /** Whether the tag was made: from then on, there are no other parts. */
  #sealed = false
  #verified = false
  #disposed = false

  private constructor(keys: Keys, iv: Uint8Array, aad: Uint8Array, hashKey: Element, mask: Element) {
    const inverse = invert(hashKey)
    this.#keys = keys
    this.#iv = iv
    this.#aad = aad
    this.#byKey = multiplier(hashKey)
    this.#byInverse = multiplier(inverse)
    this.#inversePowers = powers(inverse)
    this.#keyPowers = powers(hashKey)
    this.#mask = mask
  }

  /**
   * Starts a message.
   *
   * @param key 16 or 32 bytes; they are not kept, and the key that is cannot be read out again.
   * @param iv 12 bytes.
   * @throws RangeError for other lengths.
   */
  static async create(key: Uint8Array, iv: Uint8Array, aad: Uint8Array): Promise<GcmMessage> {
    keepFreedMemory()
    if (iv.length !== IV_LENGTH) throw new RangeError('the iv of a GCM message has 12 bytes')
    const own = copySecret(key)
    try {
      const [gcm, ctr] = await Promise.all([
        crypto.subtle.importKey('raw', own, 'AES-GCM', false, ['encrypt']),
        crypto.subtle.importKey('raw', own, 'AES-CTR', false, ['encrypt']),
      ])
      const keys = { gcm, ctr, block: await createBlockCipher(own) }
      const [hashKey, mask] = await Promise.all([
        encryptBlock(keys, new Uint8Array(BLOCK_LENGTH)),
        encryptBlock(keys, counterBlock(iv, 1)),
      ])
      // One key in 2^128; with it GCM authenticates nothing.
      if (hashKey.every((word) => word === 0)) throw new RangeError('the hash key of this key is zero')
      return new GcmMessage(keys, new Uint8Array(iv), new Uint8Array(aad), hashKey, mask)
    } finally {
      own.fill(0)
    }
  }

  /**
   * Encrypts a part. It may be encrypted again as often as is needed, to be sent again: what comes out then is handed out only if it is what came
   * out the first time, so that no key stream meets two plaintexts outside.
   *
   * @returns the ciphertext; null when the plaintext is not the one that this part had before.
   */
  async encryptPart(offset: number, plaintext: Uint8Array): Promise<Uint8Array<ArrayBuffer> | null> {
    // Of what it was: a buffer may be transferred to somewhere else, or made shorter, while its copy is worked on.
    const { length } = plaintext
    const block = this.#blockAt(offset, length)
    const counter = counterBlock(this.#iv, 1 + block)
    const iv = block === 0 ? counter.subarray(0, IV_LENGTH) : this.#ivLeadingTo(counter)
    const [sealed, mask] = await Promise.all([
      crypto.subtle.encrypt({ name: 'AES-GCM', iv }, this.#keys.gcm, toWebBytes(plaintext)),
      encryptBlock(this.#keys, counter),
    ])
    this.#assertUsable()
    const ciphertext = new Uint8Array(sealed, 0, length)
    const tag = new Uint8Array(sealed, length, TAG_LENGTH)
    const polynomial = this.#polynomial(tag, mask, lengthBlock(0, length))
    tag.fill(0)
    const known = this.#shares.get(offset)
    if (!known && !this.#sealed) this.#shares.set(offset, { length, polynomial })
    else if (known?.length !== length || !isSame(known.polynomial, polynomial)) return null
    return ciphertext
  }

  /** Takes a part of ciphertext into account for {@link verify}. */
  async authenticatePart(offset: number, ciphertext: Uint8Array): Promise<void> {
    this.#blockAt(offset, ciphertext.length)
    const share = await this.#shareOf(ciphertext)
    if (this.#shares.has(offset)) throw new TypeError('a part of a message was given twice')
    this.#shares.set(offset, share)
  }

  /** The plaintext of a part, which is also taken into account for {@link verify}. Nobody may see it before that has resolved. */
  async decryptPart(offset: number, ciphertext: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    // Once, where it has to be copied: what is decrypted is what is authenticated.
    const bytes = toWebBytes(ciphertext)
    const decrypting = this.decryptUnverified(offset, bytes)
    const [plaintext] = await Promise.all([decrypting, this.authenticatePart(offset, bytes)])
    return plaintext
  }

  /**
   * The plaintext of a part that {@link verify} has verified, from ciphertext that came anew: GHASH, under a key that nobody else knows, tells it from every
   * other ciphertext as surely as the tag does.
   *
   * @throws IntegrityError when it is not the ciphertext that was verified.
   */
  async decryptAgain(offset: number, ciphertext: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    if (!this.#verified) throw new TypeError('the message has not been verified')
    // Once, where it has to be copied: what is decrypted is what is compared.
    const bytes = toWebBytes(ciphertext)
    const known = this.#shares.get(offset)
    const [plaintext, share] = await Promise.all([this.decryptUnverified(offset, bytes), this.#shareOf(bytes)])
    if (known?.length === share.length && isSame(known.polynomial, share.polynomial)) return plaintext
    plaintext.fill(0)
    throw new IntegrityError()
  }

  /** The plaintext of a part, which nothing has verified, or {@link verify} has before. */
  async decryptUnverified(offset: number, ciphertext: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const counter = counterBlock(this.#iv, 2 + this.#blockAt(offset, ciphertext.length))
    const algorithm = { name: 'AES-CTR', counter, length: 32 }
    return new Uint8Array(await crypto.subtle.encrypt(algorithm, this.#keys.ctr, toWebBytes(ciphertext)))
  }

  /**
   * The tag of the message, when all of its parts have been encrypted.
   *
   * @throws TypeError when they are not a whole message.
   */
  tag(): Uint8Array<ArrayBuffer> {
    this.#assertUsable()
    this.#sealed = true
    const shares = [...this.#shares].sort(([left], [right]) => left - right)
    let length = 0
    let sum = ZERO
    for (const [offset, share] of shares) {
      const isWhole = offset === length && offset % BLOCK_LENGTH === 0
      if (!isWhole) throw new TypeError('the parts are not a whole message')
      length += share.length
      const blocks = Math.ceil(length / BLOCK_LENGTH)
      sum = add(sum, multiplier(share.polynomial)(this.#inversePowers(blocks)))
    }
    const blocks = Math.ceil(length / BLOCK_LENGTH)
    const ofAad = polynomialOf(this.#byKey, this.#aad)
    const whole = multiplier(this.#keyPowers(blocks))(add(sum, ofAad))
    const hash = this.#byKey(add(whole, lengthBlock(this.#aad.length, length)))
    return encodeElement(add(hash, this.#mask))
  }

  /**
   * Checks the message's tag, in constant time, when all parts have been taken into account.
   *
   * @throws IntegrityError.
   */
  verify(authTag: Uint8Array): void {
    const tag = this.tag()
    if (!equalInConstantTime(tag, authTag)) throw new IntegrityError()
    this.#verified = true
  }

  /** Bytes of the parts that were taken into account. */
  get length(): number {
    return [...this.#shares.values()].reduce((sum, { length }) => sum + length, 0)
  }

  /** Forgets which parts of ciphertext were taken into account. */
  restart(): void {
    this.#sealed = false
    this.#verified = false
    this.#shares.clear()
  }

  /** Forgets what is known of the message. Nothing can be encrypted or decrypted afterwards. */
  dispose(): void {
    this.#disposed = true
    this.#shares.clear()
  }

  #blockAt(offset: number, length: number): number {
    this.#assertUsable()
    if (offset % BLOCK_LENGTH !== 0) throw new RangeError('a part starts at a whole block')
    if (offset + length > MAX_LENGTH) throw new RangeError('a GCM message has at most 64 GiB less 32 bytes')
    return offset / BLOCK_LENGTH
  }

  #assertUsable(): void {
    if (this.#disposed) throw new TypeError('the message was disposed of')
  }

  /** The iv of 16 bytes whose GHASH is a counter block (section 7.1, step 2, solved for the iv). */
  #ivLeadingTo(counter: Uint8Array): WebBytes {
    const ivLength = lengthBlock(0, BLOCK_LENGTH)
    return encodeElement(this.#byInverse(add(this.#byInverse(decodeElement(counter)), ivLength)))
  }

  /** What a part of ciphertext adds to GHASH. */
  async #shareOf(ciphertext: Uint8Array): Promise<Share> {
    const { length } = ciphertext
    const sealed = await crypto.subtle.encrypt(
      { name: 'AES-GCM', iv: toWebBytes(this.#iv), additionalData: toWebBytes(ciphertext) },
      this.#keys.gcm,
      new Uint8Array(0),
    )
    const tag = new Uint8Array(sealed)
    const polynomial = this.#polynomial(tag, this.#mask, lengthBlock(length, 0))
    tag.fill(0)
    return { length, polynomial }
  }

  /** A part's share of GHASH, from the tag that a call gave. */
  #polynomial(tag: Uint8Array, mask: Element, lengths: Element): Element {
    return add(this.#byInverse(add(decodeElement(tag), mask)), lengths)
  }
}

/** One block under the key. */
async function encryptBlock({ block: encrypt }: Keys, block: WebBytes): Promise<Element> {
  return decodeElement(await encrypt(block))
}

/** The iv and a counter of 32 bits. */
function counterBlock(iv: Uint8Array, counter: number): WebBytes {
  const number = new Uint8Array(4)
  new DataView(number.buffer).setUint32(0, counter)
  return toWebBytes(concatBytes(iv, number))
}

function isSame(left: Element, right: Element): boolean {
  return add(left, right).reduce((difference, word) => difference | word, 0) === 0
}
