import { createCipheriv, timingSafeEqual } from 'node:crypto'
import { GHASH } from '@noble/ciphers/_polyval.js'
import { IntegrityError } from '../errors.js'
import type { Decryptor, Encryptor } from './body-cipher.js'

// SM4-GCM (RFC 8998, section 3.1; NIST SP 800-38D) for OpenSSL builds that have SM4-CTR but no SM4-GCM.

const BLOCK_LENGTH = 16

/** Starts an encryption; see `createEncryptor`. */
export function createSm4GcmEncryptor(key: Uint8Array, iv: Uint8Array, aad: Uint8Array): Encryptor {
  const counter = startCounter(key, iv)
  const tag = startTag(key, iv, aad)
  return {
    update: (plaintext) => {
      const ciphertext = counter.update(plaintext)
      tag.update(ciphertext)
      return ciphertext
    },
    finish: () => ({ rest: new Uint8Array(0), authTag: tag.finish() }),
  }
}

/** Starts a decryption; see `createDecryptor`. */
export function createSm4GcmDecryptor(key: Uint8Array, iv: Uint8Array, aad: Uint8Array): Decryptor {
  const counter = startCounter(key, iv)
  const tag = startTag(key, iv, aad)
  return {
    update: (ciphertext) => {
      tag.update(ciphertext)
      return counter.update(ciphertext)
    },
    finish: (authTag) => {
      if (authTag.length !== BLOCK_LENGTH || !timingSafeEqual(authTag, tag.finish())) throw new IntegrityError()
      return new Uint8Array(0)
    },
  }
}

function counterBlock(iv: Uint8Array, value: number): Buffer {
  const block = Buffer.alloc(BLOCK_LENGTH)
  block.set(iv)
  block.writeUInt32BE(value, 12)
  return block
}

function startCounter(key: Uint8Array, iv: Uint8Array): { update(bytes: Uint8Array): Uint8Array } {
  return createCipheriv('sm4-ctr', key, counterBlock(iv, 2))
}

function encryptBlock(key: Uint8Array, block: Uint8Array): Buffer {
  return createCipheriv('sm4-ecb', key, null).setAutoPadding(false).update(block)
}

/** The tag over additional data and ciphertext, given piece by piece. */
function startTag(
  key: Uint8Array,
  iv: Uint8Array,
  aad: Uint8Array,
): { update(bytes: Uint8Array): void; finish(): Uint8Array } {
  const hash = new GHASH(encryptBlock(key, Buffer.alloc(BLOCK_LENGTH)))
  const mask = encryptBlock(key, counterBlock(iv, 1))
  if (aad.length > 0) hash.update(aad)
  // GHASH pads each update to whole blocks: what does not fill one is held back.
  let held = new Uint8Array(0)
  let length = 0
  return {
    update: (bytes) => {
      length += bytes.length
      const joined = held.length === 0 ? bytes : Buffer.concat([held, bytes])
      const whole = joined.length - (joined.length % BLOCK_LENGTH)
      if (whole > 0) hash.update(joined.subarray(0, whole))
      held = new Uint8Array(joined.subarray(whole))
    },
    finish: () => {
      if (held.length > 0) hash.update(held)
      const lengths = Buffer.alloc(BLOCK_LENGTH)
      lengths.writeBigUInt64BE(BigInt(aad.length) * 8n, 0)
      lengths.writeBigUInt64BE(BigInt(length) * 8n, 8)
      return hash
        .update(lengths)
        .digest()
        .map((byte, index) => byte ^ (mask[index] ?? 0))
    },
  }
}
