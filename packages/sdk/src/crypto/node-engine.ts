import { createHmac, randomBytes } from 'node:crypto'
import type { CryptoEngine } from './engine.js'
import { createDecryptor, createEncryptor } from './node-cipher.js'

/** Slices this large keep OpenSSL's output in memory that is reused; one large update faults fresh pages in. */
const SLICE_LENGTH = 64 * 1024

const BLOCK_LENGTH = 16

/** The engine over `node:crypto`. */
export const engine: CryptoEngine = {
  randomBytes: (length) => randomBytes(length),

  encrypt(suite, key, aad, plaintext) {
    return settle(() => {
      const iv = randomBytes(suite.ivLength)
      const encryptor = createEncryptor(suite, key, iv, aad)
      let authTag: Uint8Array = new Uint8Array(0)
      const ciphertext = gather(encryptor.update, plaintext, () => {
        const { rest, authTag: tag } = encryptor.finish()
        authTag = tag
        return rest
      })
      return { iv, ciphertext, authTag }
    })
  },

  decrypt(suite, key, aad, body) {
    return settle(() => {
      const decryptor = createDecryptor(suite, key, body.iv, aad)
      return gather(decryptor.update, body.ciphertext, () => decryptor.finish(body.authTag))
    })
  },

  hmacSha384: (key, data) => settle(() => createHmac('sha384', key).update(data).digest()),
}

function settle<Result>(compute: () => Result): Promise<Result> {
  return new Promise((resolve) => {
    resolve(compute())
  })
}

/** Passes `input` through `update` in slices and collects what comes out; wiped again when `finish` throws. */
function gather(update: (slice: Uint8Array) => Uint8Array, input: Uint8Array, finish: () => Uint8Array): Uint8Array {
  const output = new Uint8Array(input.length + BLOCK_LENGTH)
  let length = 0
  const append = (bytes: Uint8Array) => {
    output.set(bytes, length)
    length += bytes.length
  }
  try {
    for (let start = 0; start < input.length; start += SLICE_LENGTH)
      append(update(input.subarray(start, start + SLICE_LENGTH)))
    append(finish())
  } catch (error) {
    output.fill(0)
    throw error
  }
  return output.subarray(0, length)
}
