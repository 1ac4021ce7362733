import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto'
import { IntegrityError } from '../errors.js'
import type { GcmKey } from './engine.js'
import { keepFreedMemory } from './node-memory.js'
import { importWebGcmKey } from './web-gcm-key.js'

/** Shorter messages are encrypted before Web Crypto has begun to. */
const WEB_CRYPTO_LENGTH = 64 * 1024

const TAG_LENGTH = 16

/** A key for messages of any length: short ones go through `node:crypto` on this thread, longer ones through Web Crypto on others. */
export function importNodeGcmKey(key: Uint8Array): GcmKey {
  keepFreedMemory()
  const secret = createSecretKey(key)
  const name = key.length === 32 ? 'aes-256-gcm' : 'aes-128-gcm'
  const options = { authTagLength: TAG_LENGTH }
  let imported: Promise<GcmKey> | undefined
  const forLong = () => (imported ??= exportTo(importWebGcmKey))
  const exportTo = async (importKey: (key: Uint8Array) => Promise<GcmKey>): Promise<GcmKey> => {
    const bytes = secret.export()
    try {
      return await importKey(bytes)
    } finally {
      bytes.fill(0)
    }
  }
  return {
    seal: async (iv, aad, plaintext) => {
      if (plaintext.length >= WEB_CRYPTO_LENGTH) return (await forLong()).seal(iv, aad, plaintext)
      const cipher = createCipheriv(name, secret, iv, options).setAAD(aad)
      return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
    },
    open: async (iv, aad, sealed) => {
      if (sealed.length >= WEB_CRYPTO_LENGTH) return (await forLong()).open(iv, aad, sealed)
      const end = sealed.length - TAG_LENGTH
      if (end < 0) throw new IntegrityError()
      const decipher = createDecipheriv(name, secret, iv, options).setAAD(aad)
      const plaintext = decipher.update(sealed.subarray(0, end))
      try {
        decipher.setAuthTag(sealed.subarray(end))
        decipher.final()
        return plaintext
      } catch {
        plaintext.fill(0)
        throw new IntegrityError()
      }
    },
  }
}
