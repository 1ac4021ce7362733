import type { ByteSource } from '../../bytes/byte-source.js'
import { GcmMessage } from '../../crypto/gcm-message.js'
import { mapInOrder } from '../../crypto/map-in-order.js'
import { IntegrityError } from '../../errors.js'
import { encodeContext } from '../../message/encryption-context.js'
import type { Stretch } from '../../transfer/fetch.js'
import type { UnverifiedEnvelope } from '../envelope-metadata.js'
import type { BodyReader, BodyStep, RangePlan } from '../object-format.js'

/** Bytes of a piece that is decrypted by one call: whole blocks, and so many that the call is worth it. */
const PIECE_LENGTH = 256 * 1024

/** A piece of a body, and where it is. The bytes are the reader's until the next piece is asked for. */
interface Piece {
  readonly offset: number
  readonly bytes: Uint8Array
}

/** Decrypts an AES-GCM body in parts. One tag stands for all of it: nothing is verified before every part has come. */
export class GcmReader implements BodyReader {
  readonly #message: GcmMessage
  readonly #authTag: Uint8Array
  #verified = false

  private constructor(message: GcmMessage, authTag: Uint8Array) {
    this.#message = message
    this.#authTag = authTag
  }

  static async open({ header, iv, authTag }: UnverifiedEnvelope, dataKey: Uint8Array): Promise<GcmReader> {
    const message = await GcmMessage.create(dataKey, iv, encodeContext(header.encryptionContext))
    return new GcmReader(message, authTag)
  }

  decrypt({ ciphertext }: BodyStep, bytes: ByteSource): AsyncGenerator<Uint8Array> {
    return mapInOrder(cutPieces(ciphertext, bytes), (piece) =>
      this.#verified
        ? this.#message.decryptUnverified(piece.offset, piece.bytes)
        : this.#message.decryptPart(piece.offset, piece.bytes),
    )
  }

  async authenticate({ ciphertext }: BodyStep, bytes: ByteSource): Promise<void> {
    const taken = mapInOrder(cutPieces(ciphertext, bytes), ({ offset, bytes: piece }) =>
      this.#message.authenticatePart(offset, piece),
    )
    while (!(await taken.next()).done);
  }

  async *decryptRange({ ciphertext, plaintext }: RangePlan, bytes: ByteSource): AsyncGenerator<Uint8Array> {
    let before = plaintext.start - ciphertext.start
    const pieces = mapInOrder(cutPieces(ciphertext, bytes), (piece) =>
      this.#message.decryptUnverified(piece.offset, piece.bytes),
    )
    for await (const piece of pieces) {
      yield piece.subarray(before)
      before = 0
    }
  }

  finish(): Promise<void> {
    this.#message.verify(this.#authTag)
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

/**
 * A stretch of a body in pieces.
 *
 * @throws IntegrityError when there are fewer bytes.
 */
async function* cutPieces({ start, end }: Stretch, bytes: ByteSource): AsyncGenerator<Piece> {
  const length = end - start + 1
  // One for all: a piece is done with when its decryption has begun.
  const held = new Uint8Array(Math.min(PIECE_LENGTH, length))
  for (let offset = start; offset <= end || offset === 0;) {
    const wanted = held.subarray(0, end - offset + 1)
    const taken = await bytes.takeInto(wanted)
    if (taken < wanted.length && end !== Infinity) throw new IntegrityError()
    yield { offset, bytes: wanted.subarray(0, taken) }
    if (taken < PIECE_LENGTH) return
    offset += taken
  }
}
