import { IntegrityError } from '../errors.js'
import type { GcmKey } from './engine.js'
import { toWebBytes } from './web-bytes.js'

/** A key in Web Crypto, which works on other threads. */
export async function importWebGcmKey(key: Uint8Array): Promise<GcmKey> {
  const imported = await crypto.subtle.importKey('raw', toWebBytes(key), 'AES-GCM', false, ['encrypt', 'decrypt'])
  const algorithm = (iv: Uint8Array, aad: Uint8Array) => {
    return { name: 'AES-GCM', iv: toWebBytes(iv), additionalData: toWebBytes(aad), tagLength: 128 }
  }
  return {
    seal: async (iv, aad, plaintext) =>
      new Uint8Array(await crypto.subtle.encrypt(algorithm(iv, aad), imported, toWebBytes(plaintext))),
    open: async (iv, aad, sealed) => {
      try {
        return new Uint8Array(await crypto.subtle.decrypt(algorithm(iv, aad), imported, toWebBytes(sealed)))
      } catch {
        throw new IntegrityError()
      }
    },
  }
}
