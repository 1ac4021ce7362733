import { createCipheriv, createDecipheriv, getCiphers } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { FormatError, IntegrityError } from '../errors.js'
import type { AlgorithmSuite } from './algorithm.js'
import type { BlockCipher, Decryptor, Encryptor } from './body-cipher.js'
import { keepFreedMemory } from './node-memory.js'
import { createSm4GcmDecryptor, createSm4GcmEncryptor } from './node-sm4-gcm.js'

export type { BlockCipher } from './body-cipher.js'
export { keepFreedMemory } from './node-memory.js'

/** Bodies up to this length are encrypted and decrypted by one cipher on the calling thread: that is done before Web Crypto has begun. */
export const SEQUENTIAL_LENGTH = 256 * 1024

/** How many threads can run at a time. */
export const availableThreads = availableParallelism

const EMPTY = new Uint8Array(0)

const ciphers = new Set(getCiphers())
const hasSm4Gcm = ciphers.has('sm4-gcm')

/** OpenSSL's name of a suite's cipher. */
function opensslName(suite: AlgorithmSuite): string {
  return suite.cipher === 'SM4'
    ? `sm4-${suite.mode.toLowerCase()}`
    : `aes-${String(suite.keyLength * 8)}-${suite.mode.toLowerCase()}`
}

type GcmName = 'aes-128-gcm' | 'aes-256-gcm'

/** Starts the encryption of one body. The key is copied, so that the caller can zero it at once. */
export function createEncryptor(suite: AlgorithmSuite, key: Uint8Array, iv: Uint8Array, aad: Uint8Array): Encryptor {
  keepFreedMemory()
  requireCipher(suite)
  if (needsOwnGcm(suite)) return createSm4GcmEncryptor(key, iv, aad)
  if (suite.mode === 'GCM') {
    const cipher = createCipheriv(opensslName(suite) as GcmName, key, iv, { authTagLength: suite.tagLength })
    cipher.setAAD(aad)
    return {
      update: (plaintext) => cipher.update(plaintext),
      finish: () => ({ rest: cipher.final(), authTag: cipher.getAuthTag() }),
    }
  }
  const cipher = createCipheriv(opensslName(suite), key, iv).setAutoPadding(suite.padded)
  return {
    update: (plaintext) => cipher.update(plaintext),
    finish: () => ({ rest: finishUnpadded(() => cipher.final()), authTag: EMPTY }),
  }
}

/** Starts the decryption of one body. The key is copied, so that the caller can zero it at once. */
export function createDecryptor(suite: AlgorithmSuite, key: Uint8Array, iv: Uint8Array, aad: Uint8Array): Decryptor {
  keepFreedMemory()
  requireCipher(suite)
  if (needsOwnGcm(suite)) return createSm4GcmDecryptor(key, iv, aad)
  if (suite.mode === 'GCM') {
    const decipher = createDecipheriv(opensslName(suite) as GcmName, key, iv, { authTagLength: suite.tagLength })
    decipher.setAAD(aad)
    return {
      update: (ciphertext) => decipher.update(ciphertext),
      finish: (authTag) => {
        if (authTag.length !== suite.tagLength) throw new IntegrityError()
        decipher.setAuthTag(authTag)
        return opaque(() => decipher.final())
      },
    }
  }
  const decipher = createDecipheriv(opensslName(suite), key, iv).setAutoPadding(suite.padded)
  return {
    update: (ciphertext) => decipher.update(ciphertext),
    finish: () => opaque(() => decipher.final()),
  }
}

/**
 * AES-CTR from the counter that a GCM body has at `offset` (NIST SP 800-38D, section 6.5: the first block of text is counter 2): encrypts and
 * decrypts the body's bytes from there on. Nothing is verified.
 *
 * @param offset A multiple of 16.
 */
export function createGcmRangeCipher(
  suite: AlgorithmSuite,
  key: Uint8Array,
  iv: Uint8Array,
  offset: number,
): { update(bytes: Uint8Array): Uint8Array } {
  const counter = Buffer.alloc(16)
  counter.set(iv)
  counter.writeUInt32BE(offset / 16 + 2, 12)
  return createCipheriv(opensslName({ ...suite, mode: 'CTR' }), key, counter)
}

/** AES on single blocks, on this thread: a call of Web Crypto for each would take as long as a fifth of a piece. The key is copied. */
export function createBlockCipher(key: Uint8Array): Promise<BlockCipher> {
  const cipher = createCipheriv(`aes-${String(key.length * 8)}-ecb`, key, null).setAutoPadding(false)
  return Promise.resolve((block) => cipher.update(block))
}

/** A message authentication code that is computed piece by piece. */
export interface Gmac {
  readonly update: (bytes: Uint8Array) => void
  /** The tag of everything: 16 bytes, a character each. */
  readonly finish: () => string
}

/**
 * Starts a GMAC (NIST SP 800-38D, section 3) with an iv of zeros: for tags that never leave the process, and so tell nobody of the hash key.
 *
 * @param key Of 16 bytes.
 */
export function startGmac(key: Uint8Array): Gmac {
  const cipher = createCipheriv('aes-128-gcm', key, new Uint8Array(12))
  return {
    update: (bytes) => cipher.setAAD(bytes),
    finish: () => {
      cipher.final()
      return cipher.getAuthTag().toString('latin1')
    },
  }
}

function needsOwnGcm({ cipher, mode }: AlgorithmSuite): boolean {
  return cipher === 'SM4' && mode === 'GCM' && !hasSm4Gcm
}

/** FLOE's segments are made of AES-GCM, and not of a stream. */
function requireCipher(suite: AlgorithmSuite): void {
  if (suite.mode === 'FLOE') throw new FormatError('FLOE is not a cipher for message bodies', 'UnsupportedAlgorithm')
  assertSupported(suite)
}

/**
 * Asserts that this runtime has a suite's cipher: builds of OpenSSL for FIPS, Bun and Deno have no SM4.
 *
 * @throws FormatError `UnsupportedAlgorithm`.
 */
export function assertSupported(suite: AlgorithmSuite): void {
  const needed = needsOwnGcm(suite) ? 'sm4-ctr' : opensslName(suite)
  if (suite.cipher === 'SM4' && !ciphers.has(needed))
    throw new FormatError(`${suite.name} is not available here: this runtime has no SM4`, 'UnsupportedAlgorithm')
}

function opaque(finish: () => Uint8Array): Uint8Array {
  try {
    return finish()
  } catch {
    throw new IntegrityError()
  }
}

function finishUnpadded(finish: () => Uint8Array): Uint8Array {
  try {
    return finish()
  } catch {
    throw new RangeError('this algorithm takes whole blocks of 16 bytes only')
  }
}
