import type { ByteSource } from '../bytes/byte-source.js'
import type { Stretch } from '../bytes/stretch.js'
import { IntegrityError } from '../errors.js'
import type { BodyCipher, BodyReading } from './body-reading.js'
import { GcmMessage } from './gcm-message.js'
import { cutPieces, type Piece } from './gcm-pieces.js'
import { mapInOrder } from './map-in-order.js'

/** Decrypts an AES-GCM body in parts. One tag stands for all of it: nothing is verified before every part has come. */
export class GcmBody implements BodyReading {
  readonly #message: GcmMessage
  readonly #authTag: () => Uint8Array
  readonly #concurrency: number | undefined
  #verified = false

  private constructor(message: GcmMessage, authTag: () => Uint8Array, concurrency: number | undefined) {
    this.#message = message
    this.#authTag = authTag
    this.#concurrency = concurrency
  }

  /** @param key Is not kept; what is made of it cannot be read out. */
  static async open(
    { iv, aad, authTag }: BodyCipher,
    key: Uint8Array,
    concurrency: number | undefined,
  ): Promise<GcmBody> {
    return new GcmBody(await GcmMessage.create(key, iv, aad), authTag, concurrency)
  }

  decrypt(
    { ciphertext }: { readonly ciphertext: Stretch },
    bytes: ByteSource,
    concurrency = this.#concurrency,
  ): AsyncGenerator<Uint8Array> {
    const open = ({ offset, bytes: piece }: Piece) =>
      this.#verified ? this.#message.decryptUnverified(offset, piece) : this.#message.decryptPart(offset, piece)
    return mapInOrder(cutPieces(ciphertext, bytes), open, concurrency)
  }

  async authenticate({ ciphertext }: { readonly ciphertext: Stretch }, bytes: ByteSource): Promise<void> {
    const take = ({ offset, bytes: piece }: Piece) => this.#message.authenticatePart(offset, piece)
    const taken = mapInOrder(cutPieces(ciphertext, bytes), take, this.#concurrency)
    while (!(await taken.next()).done);
  }

  async *decryptAgain({ ciphertext }: { readonly ciphertext: Stretch }, bytes: ByteSource): AsyncGenerator<Uint8Array> {
    const open = ({ offset, bytes: piece }: Piece) => this.#message.decryptAgain(offset, piece)
    let length = 0
    for await (const plaintext of mapInOrder(cutPieces(ciphertext, bytes), open, this.#concurrency)) {
      length += plaintext.length
      yield plaintext
    }
    if (length !== this.#message.length) throw new IntegrityError()
  }

  async *decryptRange(
    { ciphertext, plaintext }: { readonly ciphertext: Stretch; readonly plaintext: Stretch },
    bytes: ByteSource,
  ): AsyncGenerator<Uint8Array> {
    let before = plaintext.start - ciphertext.start
    const open = ({ offset, bytes: piece }: Piece) => this.#message.decryptUnverified(offset, piece)
    for await (const piece of mapInOrder(cutPieces(ciphertext, bytes), open, this.#concurrency)) {
      yield piece.subarray(before)
      before = 0
    }
  }

  finish(): Promise<void> {
    this.#message.verify(this.#authTag())
    this.#verified = true
    return Promise.resolve()
  }

  restart(): void {
    this.#verified = false
    this.#message.restart()
  }

  dispose(): void {
    this.#message.dispose()
  }
}
