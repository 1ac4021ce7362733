import type { BlockCipher } from './body-cipher.js'
import { toWebBytes } from './web-bytes.js'

export type { BlockCipher } from './body-cipher.js'

/** Everything that Web Crypto can do is made in parts. */
export const SEQUENTIAL_LENGTH = -1

/** How many threads can run at a time: as many as it takes, none of which is this one. */
export function availableThreads(): number {
  return Infinity
}

/** There is no memory to be kept here. */
export function keepFreedMemory(): void {
  return undefined
}

/** AES on single blocks, as AES-CTR gives it for a block of zeros. The key is not kept, and what is cannot be read out. */
export async function createBlockCipher(key: Uint8Array): Promise<BlockCipher> {
  const ctr = await crypto.subtle.importKey('raw', toWebBytes(key), 'AES-CTR', false, ['encrypt'])
  return async (block) => {
    const algorithm = { name: 'AES-CTR', counter: block, length: 32 }
    return new Uint8Array(await crypto.subtle.encrypt(algorithm, ctr, new Uint8Array(block.length)))
  }
}
