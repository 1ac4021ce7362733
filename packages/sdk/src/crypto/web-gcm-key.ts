import { IntegrityError } from '../errors.js'
import type { GcmKey } from './engine.js'

type Bytes = Uint8Array<ArrayBuffer>

/** A key in Web Crypto, which works on other threads. */
export async function importWebGcmKey(key: Uint8Array): Promise<GcmKey> {
  const imported = await crypto.subtle.importKey('raw', key as Bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
  const algorithm = (iv: Uint8Array, aad: Uint8Array) => {
    return { name: 'AES-GCM', iv: iv as Bytes, additionalData: aad as Bytes, tagLength: 128 }
  }
  return {
    seal: async (iv, aad, plaintext) =>
      new Uint8Array(await crypto.subtle.encrypt(algorithm(iv, aad), imported, plaintext as Bytes)),
    open: async (iv, aad, sealed) => {
      try {
        return new Uint8Array(await crypto.subtle.decrypt(algorithm(iv, aad), imported, sealed as Bytes))
      } catch {
        throw new IntegrityError()
      }
    },
  }
}
