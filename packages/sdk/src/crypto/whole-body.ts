import { ciphertextLength, type AlgorithmSuite } from './algorithm.js'
import type { CryptoEngine, EncryptedBody, TakePiece } from './engine.js'

/**
 * Encrypts under a fresh random iv, as {@link CryptoEngine.encrypt}, into one buffer.
 *
 * @param target Where the ciphertext goes; of just its length. Default: a new buffer.
 */
export async function encryptBody(
  engine: CryptoEngine,
  suite: AlgorithmSuite,
  key: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
  target: Uint8Array = new Uint8Array(ciphertextLength(suite, plaintext.length)),
): Promise<EncryptedBody> {
  const { iv, authTag } = await engine.encrypt(suite, key, aad, plaintext, fill(target))
  return { iv, ciphertext: target, authTag }
}

/**
 * Decrypts, as {@link CryptoEngine.decrypt}, into one buffer. Under a suite with a tag, the plaintext is handed out only when the tag is right.
 *
 * @throws IntegrityError.
 */
export async function decryptBody(
  engine: CryptoEngine,
  suite: AlgorithmSuite,
  key: Uint8Array,
  aad: Uint8Array,
  body: EncryptedBody,
): Promise<Uint8Array> {
  const plaintext = new Uint8Array(body.ciphertext.length)
  let length = 0
  const write = fill(plaintext)
  try {
    await engine.decrypt(suite, key, aad, body, (piece) => {
      write(piece)
      length += piece.length
    })
  } catch (error) {
    plaintext.fill(0)
    throw error
  }
  return plaintext.subarray(0, length)
}

function fill(target: Uint8Array): TakePiece {
  let offset = 0
  return (piece) => {
    target.set(piece, offset)
    offset += piece.length
  }
}
