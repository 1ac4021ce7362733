import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import type { CryptoEngine } from '../../src/crypto/engine.js'
import { engine as nodeEngine } from '../../src/crypto/node-engine.js'
import { engine as webEngine } from '../../src/crypto/web-engine.js'
import { IntegrityError } from '../../src/errors.js'

/** Both platforms' engines, for suites that have to pass on either. */
export const engines: readonly (readonly [string, CryptoEngine])[] = [
  ['node', nodeEngine],
  ['web', webEngine],
]

/**
 * An engine whose random bytes are the given ones, so that a message comes out the same each time. It is written against node:crypto, apart
 * from the library's own, and knows AES-256-GCM only.
 *
 * @param next The next random bytes of that length.
 */
export function scriptedEngine(next: (length: number) => Uint8Array): CryptoEngine {
  return {
    randomBytes: next,
    assertSupported: () => undefined,
    encrypt: (_suite, key, aad, plaintext, take) => {
      const iv = next(12)
      const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: 16 }).setAAD(aad)
      take(Buffer.concat([cipher.update(plaintext), cipher.final()]))
      return Promise.resolve({ iv, authTag: cipher.getAuthTag() })
    },
    decrypt: (_suite, key, aad, { iv, ciphertext, authTag }, takeUnverified) => {
      const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 }).setAAD(aad).setAuthTag(authTag)
      try {
        takeUnverified(Buffer.concat([decipher.update(ciphertext), decipher.final()]))
        return Promise.resolve()
      } catch {
        return Promise.reject(new IntegrityError())
      }
    },
    importGcmKey: (key) => {
      const own = Buffer.from(key)
      return Promise.resolve({
        seal: (iv, aad, plaintext) => {
          const cipher = createCipheriv('aes-256-gcm', own, iv, { authTagLength: 16 }).setAAD(aad)
          return Promise.resolve(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]))
        },
        open: (iv, aad, sealed) => {
          const decipher = createDecipheriv('aes-256-gcm', own, iv, { authTagLength: 16 }).setAAD(aad)
          decipher.setAuthTag(sealed.subarray(-16))
          try {
            return Promise.resolve(Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]))
          } catch {
            return Promise.reject(new IntegrityError())
          }
        },
      })
    },
    hmacSha384: (key, data) => Promise.resolve(createHmac('sha384', key).update(data).digest()),
  }
}

/** Random bytes that are 1, 2, 3, ... as big-endian numbers of the length asked for. */
export function countingBytes(): (length: number) => Uint8Array {
  let count = 0
  return (length) => {
    count += 1
    const bytes = Buffer.alloc(length)
    bytes.writeUInt32BE(count, length - 4)
    return bytes
  }
}
