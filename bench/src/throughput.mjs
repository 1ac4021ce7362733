import { collectChunks, fromChunks } from './chunks.mjs'
import { assertPlaintext, plaintextBytes, plaintextChunks } from './plaintext.mjs'

/** @typedef {import('./result.js').Measure} Measure */
/** @typedef {import('./peers/contestant.js').Contestant} Contestant */
/** @typedef {Pick<Contestant, 'encryptStream' | 'decryptStream'>} StreamContestant */

/**
 * Who takes part, and with how many bytes of plaintext.
 *
 * @template Contestant
 * @typedef {{ readonly contestant: Contestant; readonly length: number }} Entry
 */

/** A measurement takes at least this long, so that clock, collector and a busy neighbour weigh little. */
const MIN_ELAPSED_MS = 80

/** So many bytes go through between two looks at the clock. */
const BYTES_BETWEEN_LOOKS = 2 ** 17

/**
 * What each contestant encrypts of bytes, in MB/s of plaintext.
 *
 * @template {Entry<Contestant>} Taking
 * @param {readonly Taking[]} entries
 * @returns {Promise<(Taking & { measure: Measure })[]>}
 */
export async function encryptingBytes(entries) {
  const plaintext = plaintextBytes(Math.max(...entries.map(({ length }) => length)))
  return entries.map((entry) => {
    const { contestant, length } = entry
    const bytes = plaintext.subarray(0, length)
    const encrypt = async () => {
      const message = await contestant.encryptBytes(bytes)
      assertNotShorter(message.length, length)
    }
    return { ...entry, measure: megabytesPerSecond(length, encrypt) }
  })
}

/**
 * What each contestant decrypts of bytes, in MB/s of plaintext, beginning with ciphertext that is made here.
 *
 * @template {Entry<Contestant>} Taking
 * @param {readonly Taking[]} entries
 * @returns {Promise<(Taking & { measure: Measure })[]>}
 */
export async function decryptingBytes(entries) {
  const plaintext = plaintextBytes(Math.max(...entries.map(({ length }) => length)))
  const measured = []
  for (const entry of entries) {
    const { contestant, length } = entry
    const message = await contestant.encryptBytes(plaintext.subarray(0, length))
    measured.push({ ...entry, measure: decryptingMessage(contestant, message, length) })
    // What was needed to make a GiB of ciphertext is not to be there still when the next is made.
    globalThis.gc?.()
  }
  return measured
}

/**
 * @param {Contestant} contestant
 * @param {Uint8Array} message
 * @param {number} length
 */
function decryptingMessage(contestant, message, length) {
  let checked = false
  return megabytesPerSecond(length, async () => {
    const plaintext = await contestant.decryptBytes(message)
    assertEqual(plaintext.length, length)
    // In the round that warms up: later ones know by the tag.
    if (!checked) assertPlaintext(plaintext)
    checked = true
  })
}

/**
 * What each contestant encrypts of a stream, in MB/s of plaintext, into a sink that throws it away.
 *
 * @template {Entry<StreamContestant>} Taking
 * @param {readonly Taking[]} entries
 * @returns {Promise<(Taking & { measure: Measure })[]>}
 */
export async function encryptingStream(entries) {
  return entries.map((entry) => {
    const { contestant, length } = entry
    const encrypt = async () => {
      let received = 0
      await contestant.encryptStream(plaintextChunks(length), (chunk) => {
        received += chunk.length
      })
      assertNotShorter(received, length)
    }
    return { ...entry, measure: megabytesPerSecond(length, encrypt) }
  })
}

/**
 * What each contestant decrypts of a stream, in MB/s of plaintext, into a sink that throws it away. The ciphertext is made here and held in
 * memory, in chunks of 64 KiB.
 *
 * @template {Entry<StreamContestant>} Taking
 * @param {readonly Taking[]} entries
 * @returns {Promise<(Taking & { measure: Measure })[]>}
 */
export async function decryptingStream(entries) {
  const measured = []
  for (const entry of entries) {
    const { contestant, length } = entry
    const { sink, take } = collectChunks()
    const beside = await contestant.encryptStream(plaintextChunks(length), sink)
    const chunks = take()
    let checked = false
    const decrypt = async () => {
      let received = 0
      const count = (/** @type {Uint8Array} */ chunk) => {
        received += chunk.length
      }
      const check = (/** @type {Uint8Array} */ chunk) => {
        assertPlaintext(chunk, received)
        count(chunk)
      }
      await contestant.decryptStream(fromChunks(chunks), checked ? count : check, beside)
      assertEqual(received, length)
      checked = true
    }
    measured.push({ ...entry, measure: megabytesPerSecond(length, decrypt) })
  }
  return measured
}

/**
 * @param {number} length Bytes that one call of `work` deals with.
 * @param {() => Promise<void>} work
 * @returns {Measure}
 */
function megabytesPerSecond(length, work) {
  const callsBetweenLooks = Math.max(1, Math.floor(BYTES_BETWEEN_LOOKS / length))
  return async () => {
    let calls = 0
    let elapsedMs = 0
    const startMs = performance.now()
    while (elapsedMs < MIN_ELAPSED_MS) {
      for (let call = 0; call < callsBetweenLooks; call += 1) await work()
      calls += callsBetweenLooks
      elapsedMs = performance.now() - startMs
    }
    return (calls * length) / 1e3 / elapsedMs
  }
}

/**
 * @param {number} received
 * @param {number} length
 */
function assertEqual(received, length) {
  if (received !== length) throw new Error(`${received} bytes came out instead of ${length}`)
}

/**
 * @param {number} received
 * @param {number} length
 */
function assertNotShorter(received, length) {
  if (received < length) throw new Error(`${length} bytes were encrypted to ${received}`)
}
