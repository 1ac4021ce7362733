import { randomBytes } from 'node:crypto'
import {
  ciphertextLength,
  createFloe,
  decryptFloe,
  encryptFloe,
  FLOE_HEADER_LENGTH,
  openFloe,
  plaintextLength,
} from 'osscrypt/floe'
import { formatLength } from '../format-length.mjs'

const NO_AAD = new Uint8Array(0)

/**
 * `osscrypt/floe` under one key, without KMS. Of bytes, what comes out is written into one buffer, as with all the others.
 *
 * @param {number} segmentLength Bytes of an encrypted segment.
 * @returns {import('./contestant.js').Contestant}
 */
export function createFloeContestant(segmentLength) {
  const key = randomBytes(32)
  return {
    name: `floe with segments of ${formatLength(segmentLength)}`,

    async encryptBytes(plaintext) {
      const cipher = await createFloe(key, NO_AAD, { segmentLength })
      try {
        return await gather(
          encryptFloe(cipher, oneChunk(plaintext)),
          ciphertextLength(cipher.parameters, plaintext.length),
        )
      } finally {
        cipher.dispose()
      }
    },

    async decryptBytes(message) {
      const cipher = await openFloe(key, NO_AAD, message.subarray(0, FLOE_HEADER_LENGTH))
      try {
        const segments = oneChunk(message.subarray(FLOE_HEADER_LENGTH))
        return await gather(decryptFloe(cipher, segments), plaintextLength(cipher.parameters, message.length))
      } finally {
        cipher.dispose()
      }
    },

    async encryptStream(source, sink) {
      const cipher = await createFloe(key, NO_AAD, { segmentLength })
      try {
        for await (const chunk of encryptFloe(cipher, source)) sink(chunk)
      } finally {
        cipher.dispose()
      }
    },

    async decryptStream(source, sink) {
      const chunks = source[Symbol.asyncIterator]()
      const first = await chunks.next()
      if (first.done) throw new Error('the stream has no header')
      const cipher = await openFloe(key, NO_AAD, first.value.subarray(0, FLOE_HEADER_LENGTH))
      const segments = startingWith(first.value.subarray(FLOE_HEADER_LENGTH), chunks)
      try {
        for await (const chunk of decryptFloe(cipher, segments)) sink(chunk)
      } finally {
        cipher.dispose()
      }
    },
  }
}

/** @param {Uint8Array} bytes */
async function* oneChunk(bytes) {
  yield bytes
}

/**
 * @param {Uint8Array} first
 * @param {AsyncIterator<Uint8Array>} others
 */
async function* startingWith(first, others) {
  yield first
  for (;;) {
    const next = await others.next()
    if (next.done) return
    yield next.value
  }
}

/**
 * @param {AsyncIterable<Uint8Array>} chunks
 * @param {number} length
 */
async function gather(chunks, length) {
  const bytes = Buffer.allocUnsafe(length)
  let at = 0
  for await (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  if (at !== length) throw new Error(`${at} bytes instead of ${length}`)
  return bytes
}
