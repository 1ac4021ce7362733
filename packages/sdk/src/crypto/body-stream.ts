import { SEQUENTIAL_LENGTH } from '#body-cipher'
import { ByteSource } from '../bytes/byte-source.js'
import type { AlgorithmSuite } from './algorithm.js'
import type { BodyCipher, BodyReading } from './body-reading.js'
import { GcmBody } from './gcm-body.js'
import { GcmMessage } from './gcm-message.js'
import { encryptPieces } from './gcm-pieces.js'

// Bodies as they are encrypted and decrypted from end to end: in parts where the algorithm has them and there is enough to be cut, else by one cipher.

/** What is known of a body beforehand. */
export interface BodyOptions {
  /** Its bytes; undefined where that is not known. */
  readonly length?: number | undefined
  /** How many pieces are worked on at a time. */
  readonly concurrency?: number | undefined
  /** Whether bytes are wanted as they come, though it is slower. */
  readonly asTheyCome?: boolean | undefined
}

/**
 * Whether a body is made and read in parts, in any order; others from the first byte to the last.
 *
 * @param length Of the body; undefined where it is not known.
 */
export function isMadeInParts({ cipher, mode }: AlgorithmSuite, length: number | undefined): boolean {
  return cipher === 'AES' && mode === 'GCM' && (length ?? Infinity) > SEQUENTIAL_LENGTH
}

/**
 * Looks whether a body is so short that one cipher does it.
 *
 * @returns all of its bytes, and how many they are if they are few.
 */
export async function measureShort(
  suite: AlgorithmSuite,
  pieces: AsyncIterable<Uint8Array>,
): Promise<{ readonly bytes: AsyncIterable<Uint8Array>; readonly length: number | undefined }> {
  if (!isMadeInParts(suite, undefined) || SEQUENTIAL_LENGTH < 0) return { bytes: pieces, length: undefined }
  const source = new ByteSource(pieces)
  const start = await source.takeUpTo(SEQUENTIAL_LENGTH + 1)
  const bytes = async function* () {
    try {
      yield start
      yield* source.rest()
    } finally {
      await source.close()
    }
  }
  return { bytes: bytes(), length: start.length > SEQUENTIAL_LENGTH ? undefined : start.length }
}

/**
 * Encrypts a body.
 *
 * @param key The caller's to zero when the first piece has come.
 * @returns its ciphertext, and at the end the tag: empty where the suite has none.
 */
export async function* encryptBodyStream(
  { suite, iv, aad }: Omit<BodyCipher, 'authTag'>,
  key: Uint8Array,
  plaintext: AsyncIterable<Uint8Array>,
  { length, concurrency }: BodyOptions,
): AsyncGenerator<Uint8Array, Uint8Array> {
  if (!isMadeInParts(suite, length)) {
    const { encryptSequentially } = await import('./sequential-body.js')
    return yield* encryptSequentially({ suite, iv, aad }, key, plaintext)
  }
  const message = await GcmMessage.create(key, iv, aad)
  const bytes = new ByteSource(plaintext)
  try {
    for await (const ciphertext of encryptPieces(message, bytes, 0, concurrency)) if (ciphertext) yield ciphertext
    return message.tag()
  } finally {
    message.dispose()
    await bytes.close()
  }
}

/**
 * Begins to read a body.
 *
 * @param key The caller's to zero when this has resolved.
 */
export async function openBody(
  cipher: BodyCipher,
  key: Uint8Array,
  { length, concurrency, asTheyCome = false }: BodyOptions,
): Promise<BodyReading> {
  const inParts = isMadeInParts(cipher.suite, length) && !(asTheyCome && SEQUENTIAL_LENGTH >= 0)
  if (inParts) return GcmBody.open(cipher, key, concurrency)
  const { SequentialBody } = await import('./sequential-body.js')
  return new SequentialBody(cipher, key)
}
