import type { ByteSource } from '../bytes/byte-source.js'
import { copySecret } from '../bytes/secret-bytes.js'
import type { Stretch } from '../bytes/stretch.js'
import type { BodyReading } from './body-reading.js'
import { cutPieces, type Piece } from './gcm-pieces.js'
import { mapInOrder } from './map-in-order.js'
import { toWebBytes } from './web-bytes.js'

const BLOCK_LENGTH = 16

type ImportedKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/**
 * AES-CTR (NIST SP 800-38A, section 6.5) with a counter of 128 bits, from any whole block on, in pieces and in any order. Encrypting and decrypting are
 * the same. Nothing notices a change.
 */
export class CtrCipher {
  readonly #key: ImportedKey
  readonly #counter: bigint
  #disposed = false

  private constructor(key: ImportedKey, counter: bigint) {
    this.#key = key
    this.#counter = counter
  }

  /**
   * @param key Not kept; what is made of it cannot be read out.
   * @param counterBlock That of the first block: 16 bytes.
   */
  static async create(key: Uint8Array, counterBlock: Uint8Array): Promise<CtrCipher> {
    const own = copySecret(key)
    try {
      const imported = await crypto.subtle.importKey('raw', toWebBytes(own), 'AES-CTR', false, ['encrypt'])
      return new CtrCipher(imported, decodeBlock(counterBlock))
    } finally {
      own.fill(0)
    }
  }

  /** @param offset Where the bytes are in the whole: at a whole block. */
  async apply(offset: number, bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#disposed) throw new TypeError('the cipher was disposed of')
    if (offset % BLOCK_LENGTH !== 0) throw new RangeError('a piece starts at a whole block')
    const counter = encodeBlock(this.#counter + BigInt(offset / BLOCK_LENGTH))
    const algorithm = { name: 'AES-CTR', counter, length: 128 }
    return new Uint8Array(await crypto.subtle.encrypt(algorithm, this.#key, toWebBytes(bytes)))
  }

  dispose(): void {
    this.#disposed = true
  }
}

/** Decrypts an AES-CTR body in parts. Nothing of it is ever verified. */
export class CtrBody implements BodyReading {
  readonly #cipher: CtrCipher
  readonly #concurrency: number | undefined

  private constructor(cipher: CtrCipher, concurrency: number | undefined) {
    this.#cipher = cipher
    this.#concurrency = concurrency
  }

  /** As {@link CtrCipher.create}. */
  static async open(key: Uint8Array, counterBlock: Uint8Array, concurrency: number | undefined): Promise<CtrBody> {
    return new CtrBody(await CtrCipher.create(key, counterBlock), concurrency)
  }

  decrypt(
    { ciphertext }: { readonly ciphertext: Stretch },
    bytes: ByteSource,
    concurrency = this.#concurrency,
  ): AsyncGenerator<Uint8Array> {
    const apply = ({ offset, bytes: piece }: Piece) => this.#cipher.apply(offset, piece)
    return mapInOrder(cutPieces(ciphertext, bytes), apply, concurrency)
  }

  /** There is nothing to be authenticated: that all bytes come is what can be seen. */
  async authenticate({ ciphertext }: { readonly ciphertext: Stretch }, bytes: ByteSource): Promise<void> {
    const pieces = cutPieces(ciphertext, bytes)
    while (!(await pieces.next()).done);
  }

  async *decryptRange(
    { ciphertext, plaintext }: { readonly ciphertext: Stretch; readonly plaintext: Stretch },
    bytes: ByteSource,
  ): AsyncGenerator<Uint8Array> {
    let before = plaintext.start - ciphertext.start
    for await (const piece of this.decrypt({ ciphertext }, bytes)) {
      yield piece.subarray(before)
      before = 0
    }
  }

  finish(): Promise<void> {
    return Promise.resolve()
  }

  restart(): void {
    return undefined
  }

  dispose(): void {
    this.#cipher.dispose()
  }
}

function decodeBlock(block: Uint8Array): bigint {
  if (block.length !== BLOCK_LENGTH) throw new RangeError('a counter block has 16 bytes')
  return block.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

/** The counter modulo 2^128. */
function encodeBlock(value: bigint): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK_LENGTH)
  for (let index = BLOCK_LENGTH - 1, rest = value; index >= 0; index -= 1, rest >>= 8n)
    block[index] = Number(rest & 0xffn)
  return block
}
