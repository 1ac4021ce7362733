import { collectChunks, fromChunks } from './chunks.mjs'
import { assertPlaintext, plaintextBytes, plaintextChunks } from './plaintext.mjs'

/** Several segments of every length, and a last one that is not full. */
const LENGTH = 2.5 * 2 ** 20 + 1

/**
 * Throws unless a contestant decrypts what it encrypted, and refuses it when a bit was changed: who does not verify would win by that.
 *
 * @param {Pick<import('./peers/contestant.js').Contestant, 'name' | 'encryptStream' | 'decryptStream'> &
 *   Partial<import('./peers/contestant.js').Contestant>} contestant
 */
export async function checkContestant({ name, encryptBytes, decryptBytes, encryptStream, decryptStream }) {
  if (encryptBytes && decryptBytes) {
    const message = await encryptBytes(plaintextBytes(LENGTH))
    const plaintext = await decryptBytes(message)
    assertPlaintext(plaintext)
    assertLength(name, plaintext.length)
    flipBit(message)
    await assertRefused(name, async () => decryptBytes(message))
  }

  const { sink, take } = collectChunks()
  const beside = await encryptStream(plaintextChunks(LENGTH), sink)
  const chunks = take()
  let length = 0
  await decryptStream(
    fromChunks(chunks),
    (chunk) => {
      assertPlaintext(chunk, length)
      length += chunk.length
    },
    beside,
  )
  assertLength(name, length)
  flipBit(chunks.at(chunks.length / 2))
  await assertRefused(name, () => decryptStream(fromChunks(chunks), () => undefined, beside))
}

/**
 * @param {string} name
 * @param {number} length
 */
function assertLength(name, length) {
  if (length !== LENGTH) throw new Error(`${name} decrypted ${LENGTH} bytes to ${length}`)
}

/** @param {Uint8Array | undefined} bytes */
function flipBit(bytes = new Uint8Array(0)) {
  const middle = Math.floor(bytes.length / 2)
  bytes[middle] = (bytes[middle] ?? 0) ^ 1
}

/**
 * @param {string} name
 * @param {() => Promise<unknown>} decrypt
 */
async function assertRefused(name, decrypt) {
  const refused = await decrypt().then(
    () => false,
    () => true,
  )
  if (!refused) throw new Error(`${name} takes changed ciphertext`)
}
