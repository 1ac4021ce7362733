import { createCipheriv, createDecipheriv, getCiphers } from 'node:crypto'
import { FormatError, IntegrityError } from '../errors.js'
import type { AlgorithmSuite } from './algorithm.js'
import type { RangeCipher, SyncDecryptor, SyncEncryptor } from './body-cipher.js'
import { keepFreedMemory } from './node-memory.js'
import { gcmCounterBlock, startSm4GcmDecryption, startSm4GcmEncryption, type Sm4Gcm } from './sm4-gcm.js'

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
export function createEncryptor(
  suite: AlgorithmSuite,
  key: Uint8Array,
  iv: Uint8Array,
  aad: Uint8Array,
): SyncEncryptor {
  keepFreedMemory()
  requireCipher(suite)
  if (needsOwnGcm(suite)) return startSm4GcmEncryption(sm4Gcm(key, iv), aad)
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
export function createDecryptor(
  suite: AlgorithmSuite,
  key: Uint8Array,
  iv: Uint8Array,
  aad: Uint8Array,
): SyncDecryptor {
  keepFreedMemory()
  requireCipher(suite)
  if (needsOwnGcm(suite)) return startSm4GcmDecryption(sm4Gcm(key, iv), aad)
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
): RangeCipher {
  return createCipheriv(opensslName({ ...suite, mode: 'CTR' }), key, gcmCounterBlock(iv, offset / 16 + 2))
}

/** OpenSSL's SM4, in builds that have no SM4-GCM. */
export function sm4Gcm(key: Uint8Array, iv: Uint8Array): Sm4Gcm {
  const block = createCipheriv('sm4-ecb', key, null).setAutoPadding(false)
  return {
    iv,
    encryptBlock: (bytes) => block.update(bytes),
    counter: createCipheriv('sm4-ctr', key, gcmCounterBlock(iv, 2)),
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
