import { createDecryptor, createEncryptor, createGcmRangeCipher } from '#sequential-cipher'
import type { ByteSource } from '../bytes/byte-source.js'
import type { Stretch } from '../bytes/stretch.js'
import { copySecret } from '../bytes/secret-bytes.js'
import { IntegrityError } from '../errors.js'
import type { Decryptor, Encryptor } from './body-cipher.js'
import type { BodyCipher, BodyReading } from './body-reading.js'

/**
 * Encrypts a body from its first byte to its last, by one cipher.
 *
 * @param key The caller's to zero when the first piece has come.
 * @returns its ciphertext, and at the end the tag: empty where the suite has none.
 */
export async function* encryptSequentially(
  { suite, iv, aad }: Omit<BodyCipher, 'authTag'>,
  key: Uint8Array,
  plaintext: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, Uint8Array> {
  const encryptor: Encryptor = createEncryptor(suite, key, iv, aad)
  for await (const piece of plaintext) {
    const ciphertext = await encryptor.update(piece)
    if (ciphertext.length > 0) yield ciphertext
  }
  const { rest, authTag } = await encryptor.finish()
  if (rest.length > 0) yield rest
  return authTag
}

/** Decrypts a body from its first byte to its last, in one stretch: what Web Crypto has no parts for. */
export class SequentialBody implements BodyReading {
  readonly #cipher: BodyCipher
  readonly #key: Uint8Array

  /** @param key Is copied. */
  constructor(cipher: BodyCipher, key: Uint8Array) {
    this.#cipher = cipher
    this.#key = copySecret(key)
  }

  async *decrypt({ ciphertext }: { readonly ciphertext: Stretch }, bytes: ByteSource): AsyncGenerator<Uint8Array> {
    const { suite, iv, aad, authTag } = this.#cipher
    const decryptor: Decryptor = createDecryptor(suite, this.#key, iv, aad)
    for await (const piece of takeExactly(bytes, ciphertext.end - ciphertext.start + 1)) {
      const plaintext = await decryptor.update(piece)
      if (plaintext.length > 0) yield plaintext
    }
    const rest = await decryptor.finish(authTag())
    if (rest.length > 0) yield rest
  }

  async authenticate(stretch: { readonly ciphertext: Stretch }, bytes: ByteSource): Promise<void> {
    for await (const plaintext of this.decrypt(stretch, bytes)) plaintext.fill(0)
  }

  async *decryptRange(
    { ciphertext, plaintext }: { readonly ciphertext: Stretch; readonly plaintext: Stretch },
    bytes: ByteSource,
  ): AsyncGenerator<Uint8Array> {
    const { suite, iv } = this.#cipher
    const cipher = createGcmRangeCipher(suite, this.#key, iv, ciphertext.start)
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
    this.#key.fill(0)
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
