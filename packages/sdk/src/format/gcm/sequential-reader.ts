import { createDecryptor, createGcmRangeCipher } from '#body-cipher'
import type { ByteSource } from '../../bytes/byte-source.js'
import { copySecret } from '../../bytes/secret-bytes.js'
import type { Decryptor } from '../../crypto/body-cipher.js'
import { IntegrityError } from '../../errors.js'
import { encodeContext } from '../../message/encryption-context.js'
import type { UnverifiedEnvelope } from '../envelope-metadata.js'
import type { BodyReader, BodyStep, RangePlan } from '../object-format.js'

/** Decrypts a body from its first byte to its last, in one step: what Web Crypto has no parts for. */
export class SequentialReader implements BodyReader {
  readonly #envelope: UnverifiedEnvelope
  readonly #dataKey: Uint8Array

  /** @param dataKey Is copied. */
  constructor(envelope: UnverifiedEnvelope, dataKey: Uint8Array) {
    this.#envelope = envelope
    this.#dataKey = copySecret(dataKey)
  }

  async *decrypt({ ciphertext }: BodyStep, bytes: ByteSource): AsyncGenerator<Uint8Array> {
    const decryptor = this.#start()
    for await (const piece of takeExactly(bytes, ciphertext.end - ciphertext.start + 1)) {
      const plaintext = decryptor.update(piece)
      if (plaintext.length > 0) yield plaintext
    }
    const rest = decryptor.finish(this.#envelope.authTag)
    if (rest.length > 0) yield rest
  }

  async authenticate(step: BodyStep, bytes: ByteSource): Promise<void> {
    for await (const plaintext of this.decrypt(step, bytes)) plaintext.fill(0)
  }

  async *decryptRange({ ciphertext, plaintext }: RangePlan, bytes: ByteSource): AsyncGenerator<Uint8Array> {
    const { header, iv } = this.#envelope
    const cipher = createGcmRangeCipher(header.algorithm, this.#dataKey, iv, ciphertext.start)
    let before = plaintext.start - ciphertext.start
    for await (const piece of takeExactly(bytes, ciphertext.end - ciphertext.start + 1)) {
      const wanted = cipher.update(piece).subarray(before)
      before = Math.max(0, before - piece.length)
      if (wanted.length > 0) yield wanted
    }
  }

  /** The body's end was checked where it was decrypted. */
  finish(): Promise<void> {
    return Promise.resolve()
  }

  restart(): void {
    // Every reading begins anew.
  }

  dispose(): void {
    this.#dataKey.fill(0)
  }

  #start(): Decryptor {
    const { header, iv } = this.#envelope
    return createDecryptor(header.algorithm, this.#dataKey, iv, encodeContext(header.encryptionContext))
  }
}

/**
 * The next `length` bytes of a source, or all that come where `length` is Infinity.
 *
 * @throws IntegrityError when there are fewer.
 */
async function* takeExactly(bytes: ByteSource, length: number): AsyncGenerator<Uint8Array> {
  if (length === Infinity) {
    yield* bytes.rest()
    return
  }
  for (let missing = length; missing > 0;) {
    const piece = await bytes.takeSome(missing)
    if (piece.length === 0) throw new IntegrityError()
    missing -= piece.length
    yield piece
  }
}
