import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { toWritable } from '../chunks.mjs'

const ALGORITHM = 'aes-256-gcm'

/**
 * The same cipher as the transform stream that node:crypto makes of it: what node's streams cost without anything of ours.
 *
 * @returns {Pick<import('./contestant.js').Contestant, 'name' | 'encryptStream' | 'decryptStream'>}
 */
export function createNodeCryptoStream() {
  const key = randomBytes(32)
  return {
    name: 'node:crypto as a stream',

    async encryptStream(source, sink) {
      const iv = randomBytes(12)
      const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: 16 })
      await pipeline(source, cipher, toWritable(sink))
      return { iv, authTag: cipher.getAuthTag() }
    },

    async decryptStream(source, sink, beside) {
      const { iv, authTag } = /** @type {{ iv: Uint8Array; authTag: Uint8Array }} */ (beside)
      const decipher = createDecipheriv(ALGORITHM, key, iv, { authTagLength: 16 })
      // It is checked at the end; here it is known before, which spares a stream that holds the last bytes back.
      decipher.setAuthTag(authTag)
      await pipeline(source, decipher, toWritable(sink))
    },
  }
}
