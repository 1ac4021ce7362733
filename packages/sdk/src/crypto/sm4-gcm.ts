import { GHASH } from '@noble/ciphers/_polyval.js'
import { concatBytes } from '../bytes/concat.js'
import { equalInConstantTime } from '../bytes/order.js'
import { IntegrityError } from '../errors.js'
import type { SyncDecryptor, SyncEncryptor } from './body-cipher.js'

// SM4-GCM (RFC 8998, section 3.1; NIST SP 800-38D) where there is SM4, and no SM4-GCM.

const BLOCK_LENGTH = 16

/** SM4 under one key, and what its counter mode makes of the body. */
export interface Sm4Gcm {
  readonly iv: Uint8Array
  readonly encryptBlock: (block: Uint8Array) => Uint8Array
  readonly counter: { update(bytes: Uint8Array): Uint8Array }
}

/** The block that GCM counts from: an iv of 12 bytes, and the counter. The first block of text has number 2. */
export function gcmCounterBlock(iv: Uint8Array, value: number): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK_LENGTH)
  block.set(iv)
  new DataView(block.buffer).setUint32(12, value)
  return block
}

/** Starts an encryption; see `createEncryptor`. */
export function startSm4GcmEncryption(cipher: Sm4Gcm, aad: Uint8Array): SyncEncryptor {
  const tag = startTag(cipher, aad)
  return {
    update: (plaintext) => {
      const ciphertext = cipher.counter.update(plaintext)
      tag.update(ciphertext)
      return ciphertext
    },
    finish: () => ({ rest: new Uint8Array(0), authTag: tag.finish() }),
  }
}

/** Starts a decryption; see `createDecryptor`. */
export function startSm4GcmDecryption(cipher: Sm4Gcm, aad: Uint8Array): SyncDecryptor {
  const tag = startTag(cipher, aad)
  return {
    update: (ciphertext) => {
      tag.update(ciphertext)
      return cipher.counter.update(ciphertext)
    },
    finish: (authTag) => {
      if (!equalInConstantTime(authTag, tag.finish())) throw new IntegrityError()
      return new Uint8Array(0)
    },
  }
}

/** The tag over additional data and ciphertext, given piece by piece. */
function startTag(
  { iv, encryptBlock }: Sm4Gcm,
  aad: Uint8Array,
): { update(bytes: Uint8Array): void; finish(): Uint8Array } {
  const hash = new GHASH(encryptBlock(new Uint8Array(BLOCK_LENGTH)))
  const mask = encryptBlock(gcmCounterBlock(iv, 1))
  if (aad.length > 0) hash.update(aad)
  // GHASH pads each update to whole blocks: what does not fill one is held back.
  let held = new Uint8Array(0)
  let length = 0
  return {
    update: (bytes) => {
      length += bytes.length
      const joined = held.length === 0 ? bytes : concatBytes(held, bytes)
      const whole = joined.length - (joined.length % BLOCK_LENGTH)
      if (whole > 0) hash.update(joined.subarray(0, whole))
      held = new Uint8Array(joined.subarray(whole))
    },
    finish: () => {
      if (held.length > 0) hash.update(held)
      const lengths = new DataView(new ArrayBuffer(BLOCK_LENGTH))
      lengths.setBigUint64(0, BigInt(aad.length) * 8n)
      lengths.setBigUint64(8, BigInt(length) * 8n)
      return hash
        .update(new Uint8Array(lengths.buffer))
        .digest()
        .map((byte, index) => byte ^ (mask[index] ?? 0))
    },
  }
}
