import { FormatError } from '../errors.js'
import type { AlgorithmSuite } from './algorithm.js'
import {
  cbcDecryption,
  cbcEncryption,
  decryptInBlocks,
  encryptInBlocks,
  gatherBlocks,
  startCounter,
  type BlockMode,
} from './block-modes.js'
import type { Decryptor, Encryptor, RangeCipher } from './body-cipher.js'
import { CtrCipher } from './ctr-body.js'
import { createSm4 } from './sm4.js'
import { gcmCounterBlock, startSm4GcmDecryption, startSm4GcmEncryption, type Sm4Gcm } from './sm4-gcm.js'
import { webAesCbc } from './web-aes-cbc.js'

// What Web Crypto has no parts for, or not at all. Its AES-GCM is made in parts, always.

const EMPTY = new Uint8Array(0)

/** Starts the encryption of one body. The key is copied, so that the caller can zero it at once. */
export function createEncryptor(suite: AlgorithmSuite, key: Uint8Array, iv: Uint8Array, aad: Uint8Array): Encryptor {
  if (suite.mode === 'GCM') return startSm4GcmEncryption(sm4Gcm(suite, key, iv), aad)
  if (suite.mode === 'CTR') {
    const counter = startCounterMode(suite, key, iv)
    return { update: counter.update, finish: async () => ({ rest: await counter.finish(), authTag: EMPTY }) }
  }
  return encryptInBlocks(cbc(suite, key, iv).encryption, suite.padded)
}

/** Starts the decryption of one body. The key is copied, so that the caller can zero it at once. */
export function createDecryptor(suite: AlgorithmSuite, key: Uint8Array, iv: Uint8Array, aad: Uint8Array): Decryptor {
  if (suite.mode === 'GCM') return startSm4GcmDecryption(sm4Gcm(suite, key, iv), aad)
  if (suite.mode === 'CTR') return startCounterMode(suite, key, iv)
  return decryptInBlocks(cbc(suite, key, iv).decryption, suite.padded)
}

/**
 * Counter mode from the counter that a GCM body has at `offset`: encrypts and decrypts the body's bytes from there on. Nothing is verified.
 *
 * @param offset A multiple of 16.
 */
export function createGcmRangeCipher(
  suite: AlgorithmSuite,
  key: Uint8Array,
  iv: Uint8Array,
  offset: number,
): RangeCipher {
  return sm4Gcm(suite, key, iv, offset).counter
}

function sm4Gcm(suite: AlgorithmSuite, key: Uint8Array, iv: Uint8Array, offset = 0): Sm4Gcm {
  if (suite.cipher !== 'SM4') throw new FormatError(`${suite.name} is made in parts`, 'UnsupportedAlgorithm')
  const cipher = createSm4(key)
  return {
    iv,
    encryptBlock: (block) => {
      const output = new Uint8Array(block)
      cipher.encryptBlock(new DataView(output.buffer), 0)
      return output
    },
    counter: startCounter(cipher, gcmCounterBlock(iv, offset / 16 + 2)),
  }
}

function cbc(
  { cipher, mode }: AlgorithmSuite,
  key: Uint8Array,
  iv: Uint8Array,
): { readonly encryption: BlockMode; readonly decryption: BlockMode } {
  if (mode !== 'CBC') throw new FormatError(`${mode} is not a mode of message bodies`, 'UnsupportedAlgorithm')
  if (cipher === 'AES') return webAesCbc(key, iv)
  const sm4 = createSm4(key)
  return { encryption: cbcEncryption(sm4, iv), decryption: cbcDecryption(sm4, iv) }
}

interface CounterMode {
  readonly update: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>
  readonly finish: () => Uint8Array | Promise<Uint8Array>
}

/** Web Crypto's counter mode starts at whole blocks: what does not fill one waits for more. */
function startCounterMode({ cipher }: AlgorithmSuite, key: Uint8Array, iv: Uint8Array): CounterMode {
  if (cipher === 'SM4') return { ...startCounter(createSm4(key), iv), finish: () => EMPTY }
  const ctr = CtrCipher.create(key, iv)
  ctr.catch(() => undefined)
  const blocks = gatherBlocks(0)
  let offset = 0
  const apply = async (bytes: Uint8Array) => {
    const at = offset
    offset += bytes.length
    return (await ctr).apply(at, bytes)
  }
  return { update: (bytes) => apply(blocks.take(bytes)), finish: () => apply(blocks.rest()) }
}
