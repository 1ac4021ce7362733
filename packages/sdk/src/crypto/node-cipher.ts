import { createCipheriv } from 'node:crypto'
import { availableParallelism } from 'node:os'
import type { BlockCipher } from './body-cipher.js'

export type { BlockCipher } from './body-cipher.js'
export { keepFreedMemory } from './node-memory.js'

/** Bodies up to this length are encrypted and decrypted by one cipher on the calling thread: that is done before Web Crypto has begun. */
export const SEQUENTIAL_LENGTH = 256 * 1024

/** How many threads can run at a time. */
export const availableThreads = availableParallelism

/** AES on single blocks, on this thread: a call of Web Crypto for each would take as long as a fifth of a piece. The key is copied. */
export function createBlockCipher(key: Uint8Array): Promise<BlockCipher> {
  const cipher = createCipheriv(`aes-${String(key.length * 8)}-ecb`, key, null).setAutoPadding(false)
  return Promise.resolve((block) => cipher.update(block))
}
