import { concatBytes } from '../bytes/concat.js'
import { FormatError, IntegrityError } from '../errors.js'
import type { AlgorithmSuite } from './algorithm.js'
import type { CryptoEngine, TakePiece } from './engine.js'
import { toWebBytes } from './web-bytes.js'
import { importWebGcmKey } from './web-gcm-key.js'

// AES-GCM, of which nearly everything is made, is Web Crypto's; the other suites are loaded when one is met.

/** The engine over Web Crypto, for browsers and other runtimes that have it. */
export const engine: CryptoEngine = {
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),

  // All suites are there.
  assertSupported: () => undefined,

  async encrypt(suite, key, aad, plaintext, take) {
    assertBodySuite(suite)
    const iv = crypto.getRandomValues(new Uint8Array(suite.ivLength))
    if (!isAesGcm(suite)) {
      const { createEncryptor } = await import('./web-sequential-cipher.js')
      const encryptor = createEncryptor(suite, key, iv, aad)
      takeSome(await encryptor.update(plaintext), take)
      const { rest, authTag } = await encryptor.finish()
      takeSome(rest, take)
      return { iv, authTag }
    }
    const sealed = await (await importWebGcmKey(key)).seal(iv, aad, plaintext)
    const tagStart = sealed.length - suite.tagLength
    take(sealed.subarray(0, tagStart))
    return { iv, authTag: sealed.subarray(tagStart) }
  },

  async decrypt(suite, key, aad, { iv, ciphertext, authTag }, takeUnverified) {
    assertBodySuite(suite)
    if (!isAesGcm(suite)) {
      const { createDecryptor } = await import('./web-sequential-cipher.js')
      const decryptor = createDecryptor(suite, key, iv, aad)
      takeSome(await decryptor.update(ciphertext), takeUnverified)
      takeSome(await decryptor.finish(authTag), takeUnverified)
      return
    }
    if (authTag.length !== suite.tagLength) throw new IntegrityError()
    takeUnverified(await (await importWebGcmKey(key)).open(iv, aad, concatBytes(ciphertext, authTag)))
  },

  importGcmKey: importWebGcmKey,

  async hmacSha384(key, data) {
    const algorithm = { name: 'HMAC', hash: 'SHA-384' }
    const hmacKey = await crypto.subtle.importKey('raw', toWebBytes(key), algorithm, false, ['sign'])
    return new Uint8Array(await crypto.subtle.sign('HMAC', hmacKey, toWebBytes(data)))
  },
}

function isAesGcm({ cipher, mode }: AlgorithmSuite): boolean {
  return cipher === 'AES' && mode === 'GCM'
}

/** FLOE is made of AES-GCM, and no cipher of a body. */
function assertBodySuite({ mode }: AlgorithmSuite): void {
  if (mode === 'FLOE') throw new FormatError('FLOE is not a cipher for message bodies', 'UnsupportedAlgorithm')
}

function takeSome(piece: Uint8Array, take: TakePiece): void {
  if (piece.length > 0) take(piece)
}
