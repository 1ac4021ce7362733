import { concatBytes } from '../bytes/concat.js'
import { FormatError, IntegrityError } from '../errors.js'
import type { AlgorithmSuite } from './algorithm.js'
import type { CryptoEngine } from './engine.js'
import { toWebBytes } from './web-bytes.js'
import { importWebGcmKey } from './web-gcm-key.js'

// Web Crypto has AES-GCM, AES-CTR and padded AES-CBC; it has no SM4, and no CBC without padding.

type Usage = 'encrypt' | 'decrypt'

/** The engine over Web Crypto, for browsers and other runtimes that have it. */
export const engine: CryptoEngine = {
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),

  assertSupported,

  async encrypt(suite, key, aad, plaintext, take) {
    const iv = crypto.getRandomValues(new Uint8Array(suite.ivLength))
    const cryptoKey = await importKey(suite, key, 'encrypt')
    const sealed = new Uint8Array(
      await crypto.subtle.encrypt(parameters(suite, iv, aad), cryptoKey, toWebBytes(plaintext)),
    )
    const tagStart = sealed.length - suite.tagLength
    take(sealed.subarray(0, tagStart))
    return { iv, authTag: sealed.subarray(tagStart) }
  },

  async decrypt(suite, key, aad, body, takeUnverified) {
    const cryptoKey = await importKey(suite, key, 'decrypt')
    if (body.authTag.length !== suite.tagLength) throw new IntegrityError()
    const sealed = toWebBytes(concatBytes(body.ciphertext, body.authTag))
    let plaintext
    try {
      plaintext = await crypto.subtle.decrypt(parameters(suite, body.iv, aad), cryptoKey, sealed)
    } catch {
      throw new IntegrityError()
    }
    takeUnverified(new Uint8Array(plaintext))
  },

  importGcmKey: importWebGcmKey,

  async hmacSha384(key, data) {
    const algorithm = { name: 'HMAC', hash: 'SHA-384' }
    const hmacKey = await crypto.subtle.importKey('raw', toWebBytes(key), algorithm, false, ['sign'])
    return new Uint8Array(await crypto.subtle.sign('HMAC', hmacKey, toWebBytes(data)))
  },
}

/** FLOE is made of AES-GCM. */
function assertSupported(suite: AlgorithmSuite): void {
  const supported = suite.cipher === 'AES' && (suite.mode !== 'CBC' || suite.padded)
  if (!supported) throw new FormatError(`${suite.name} is not available in Web Crypto`, 'UnsupportedAlgorithm')
}

function importKey(suite: AlgorithmSuite, key: Uint8Array, usage: Usage) {
  if (suite.mode === 'FLOE') throw new FormatError('FLOE is not a cipher for message bodies', 'UnsupportedAlgorithm')
  assertSupported(suite)
  return crypto.subtle.importKey('raw', toWebBytes(key), `AES-${suite.mode}`, false, [usage])
}

function parameters(suite: AlgorithmSuite, iv: Uint8Array, aad: Uint8Array) {
  if (suite.mode === 'GCM')
    return { name: 'AES-GCM', iv: toWebBytes(iv), additionalData: toWebBytes(aad), tagLength: suite.tagLength * 8 }
  if (suite.mode === 'CTR') return { name: 'AES-CTR', counter: toWebBytes(iv), length: 128 }
  return { name: 'AES-CBC', iv: toWebBytes(iv) }
}
