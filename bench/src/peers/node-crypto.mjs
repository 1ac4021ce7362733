import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const ALGORITHM = 'aes-256-gcm'
const IV_LENGTH = 12
const TAG_LENGTH = 16
const UPDATE_LENGTH = 65_536

/**
 * AES-256-GCM of node:crypto and nothing around it, as fast as that goes: one key, a fresh iv for each message, updates of 64 KiB. Bytes are
 * iv, ciphertext and tag in one buffer; of a stream, iv and tag are kept beside it, so that no chunk has to be cut. Plaintext of a stream is
 * handed out before the tag is checked.
 *
 * @returns {import('./contestant.js').Contestant}
 */
export function createNodeCrypto() {
  const key = randomBytes(32)
  return {
    name: 'node:crypto',

    encryptBytes(plaintext) {
      const iv = randomBytes(IV_LENGTH)
      const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_LENGTH })
      const message = Buffer.allocUnsafe(IV_LENGTH + plaintext.length + TAG_LENGTH)
      message.set(iv)
      updateInto(message, IV_LENGTH, cipher, plaintext)
      cipher.final()
      message.set(cipher.getAuthTag(), IV_LENGTH + plaintext.length)
      return message
    },

    decryptBytes(message) {
      const iv = message.subarray(0, IV_LENGTH)
      const ciphertext = message.subarray(IV_LENGTH, -TAG_LENGTH)
      const decipher = createDecipheriv(ALGORITHM, key, iv, { authTagLength: TAG_LENGTH })
      const plaintext = Buffer.allocUnsafe(ciphertext.length)
      updateInto(plaintext, 0, decipher, ciphertext)
      decipher.setAuthTag(message.subarray(-TAG_LENGTH))
      decipher.final()
      return plaintext
    },

    async encryptStream(source, sink) {
      const iv = randomBytes(IV_LENGTH)
      const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_LENGTH })
      for await (const chunk of source) sink(cipher.update(chunk))
      cipher.final()
      return { iv, authTag: cipher.getAuthTag() }
    },

    async decryptStream(source, sink, beside) {
      const { iv, authTag } = /** @type {{ iv: Uint8Array; authTag: Uint8Array }} */ (beside)
      const decipher = createDecipheriv(ALGORITHM, key, iv, { authTagLength: TAG_LENGTH })
      for await (const chunk of source) sink(decipher.update(chunk))
      decipher.setAuthTag(authTag)
      decipher.final()
    },
  }
}

/**
 * @param {Buffer} output
 * @param {number} start
 * @param {{ update(bytes: Uint8Array): Buffer }} cipher
 * @param {Uint8Array} input
 */
function updateInto(output, start, cipher, input) {
  for (let at = 0; at < input.length; at += UPDATE_LENGTH) {
    output.set(cipher.update(input.subarray(at, at + UPDATE_LENGTH)), start + at)
  }
}
