import { availableThreads } from '#body-cipher'
import { freeBuffer } from '../bytes/free-buffer.js'
import { ciphertextLength, type AlgorithmSuite } from './algorithm.js'
import { IntegrityError } from '../errors.js'
import type { CryptoEngine, EncryptedBody, TakePiece } from './engine.js'
import { GcmMessage } from './gcm-message.js'
import type { Piece } from './gcm-pieces.js'
import { mapInOrder } from './map-in-order.js'

const LONG_LENGTH = 256 * 1024

/** What is in memory as a whole is cut into longer pieces than what comes and goes: that is faster, and takes no more. */
const PIECE_LENGTH = 1024 * 1024

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
  concurrency?: number,
): Promise<EncryptedBody> {
  const room = fill(target)
  const { iv, authTag } = isLong(suite, plaintext)
    ? await encryptInParts(engine.randomBytes(suite.ivLength), key, aad, cutWhole(plaintext), room.take, concurrency)
    : await engine.encrypt(suite, key, aad, plaintext, room.take)
  // Its buffer was transferred to somewhere else, or resized.
  if (room.filled() !== target.length) throw new TypeError('the plaintext did not stay as it was')
  return { iv, ciphertext: target, authTag }
}

async function encryptInParts(
  iv: Uint8Array,
  key: Uint8Array,
  aad: Uint8Array,
  plaintext: AsyncIterable<Piece>,
  take: TakePiece,
  concurrency: number | undefined,
): Promise<Pick<EncryptedBody, 'iv' | 'authTag'>> {
  const message = await GcmMessage.create(key, iv, aad)
  try {
    const encrypt = ({ offset, bytes }: Piece) => message.encryptPart(offset, bytes)
    for await (const ciphertext of mapInOrder(plaintext, encrypt, concurrency)) {
      // Nobody has encrypted this piece before.
      if (!ciphertext) throw new IntegrityError()
      take(ciphertext)
      freeBuffer(ciphertext)
    }
    return { iv, authTag: message.tag() }
  } finally {
    message.dispose()
  }
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
  concurrency?: number,
): Promise<Uint8Array> {
  const { ciphertext } = body
  const plaintext = new Uint8Array(ciphertext.length)
  if (isLong(suite, ciphertext) && paysInParts(concurrency)) {
    const message = await GcmMessage.create(key, body.iv, aad)
    try {
      const pieces = mapInOrder(cutWhole(ciphertext), (piece) => decryptPiece(message, piece), concurrency)
      for await (const { offset, bytes } of pieces) {
        plaintext.set(bytes, offset)
        freeBuffer(bytes)
      }
      message.verify(body.authTag)
      return plaintext
    } catch (error) {
      plaintext.fill(0)
      throw error
    } finally {
      message.dispose()
    }
  }
  const room = fill(plaintext)
  try {
    await engine.decrypt(suite, key, aad, body, room.take)
  } catch (error) {
    plaintext.fill(0)
    throw error
  }
  return plaintext.subarray(0, room.filled())
}

/** In parts a ciphertext is gone through twice, for its tag and for its plaintext: two threads are no faster with that than one that does both at once. */
function paysInParts(concurrency = availableThreads()): boolean {
  return concurrency > 2
}

/** Whether a body is worked on in parts, on other threads; shorter ones are through before those have begun. */
function isLong({ cipher, mode }: AlgorithmSuite, { length }: Uint8Array): boolean {
  return cipher === 'AES' && mode === 'GCM' && length > LONG_LENGTH
}

async function* cutWhole(bytes: Uint8Array): AsyncGenerator<Piece> {
  for (let offset = 0; offset < bytes.length; offset += PIECE_LENGTH)
    yield { offset, bytes: bytes.subarray(offset, offset + PIECE_LENGTH) }
}

async function decryptPiece(message: GcmMessage, { offset, bytes }: Piece): Promise<Piece> {
  return { offset, bytes: await message.decryptPart(offset, bytes) }
}

/** Puts pieces one behind the other. */
function fill(target: Uint8Array): { readonly take: TakePiece; readonly filled: () => number } {
  let offset = 0
  return {
    take: (piece) => {
      target.set(piece, offset)
      offset += piece.length
    },
    filled: () => offset,
  }
}
