import { createHmac, randomBytes } from 'node:crypto'
import type { CryptoEngine, TakePiece } from './engine.js'
import { breath } from './node-breath.js'
import { importNodeGcmKey } from './node-gcm-key.js'
import { assertSupported, createDecryptor, createEncryptor } from './node-sequential-cipher.js'

/** Slices this large keep OpenSSL's output in memory that is reused; one large update faults fresh pages in. */
const SLICE_LENGTH = 64 * 1024

/** The engine over `node:crypto`. */
export const engine: CryptoEngine = {
  randomBytes: (length) => randomBytes(length),

  assertSupported,

  async encrypt(suite, key, aad, plaintext, take) {
    const iv = randomBytes(suite.ivLength)
    const encryptor = createEncryptor(suite, key, iv, aad)
    await passThrough(encryptor.update, plaintext, take)
    const { rest, authTag } = encryptor.finish()
    if (rest.length > 0) take(rest)
    return { iv, authTag }
  },

  async decrypt(suite, key, aad, { iv, ciphertext, authTag }, takeUnverified) {
    const decryptor = createDecryptor(suite, key, iv, aad)
    await passThrough(decryptor.update, ciphertext, takeUnverified)
    const rest = decryptor.finish(authTag)
    if (rest.length > 0) takeUnverified(rest)
  },

  importGcmKey: async (key) => importNodeGcmKey(key),

  async hmacSha384(key, data) {
    return createHmac('sha384', key).update(data).digest()
  },
}

async function passThrough(
  update: (slice: Uint8Array) => Uint8Array,
  input: Uint8Array,
  take: TakePiece,
): Promise<void> {
  for (let start = 0; start < input.length; start += SLICE_LENGTH) {
    const turn = breath()
    if (turn) await turn
    take(update(input.subarray(start, start + SLICE_LENGTH)))
  }
}
