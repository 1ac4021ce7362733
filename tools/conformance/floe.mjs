// Runs FLOE's known-answer tests (`floe/floe-kats.json`) through the public API.
import { createFloe, decryptFloe, encryptFloe, FLOE_HEADER_LENGTH, openFloe } from 'osscrypt/floe'
import { areEqual, collect, fromHex, inOnePiece, toHex } from './bytes.mjs'

/** @typedef {Record<string, any>} Vector */

/**
 * Whether a file's content is of this kind.
 *
 * @param {any} content
 */
export function matches(content) {
  return (
    Array.isArray(content?.cases) &&
    content.cases.every((/** @type {object} */ entry) => 'encryptedSegmentLength' in entry)
  )
}

/**
 * The named cases of a file, each of which throws the reason when it fails.
 *
 * @param {{ cases: Record<string, any>[] }} content
 */
export function cases({ cases: vectors }) {
  return vectors.map((vector) => ({ name: vector.name, run: () => expectDecrypts(vector) }))
}

/** @param {Vector} vector */
async function expectDecrypts({
  key,
  aad,
  keyRotationBits: rotationBits,
  encryptedSegmentLength,
  plaintext,
  ciphertext,
}) {
  const message = fromHex(ciphertext)
  const header = message.subarray(0, FLOE_HEADER_LENGTH)
  const cipher = await openFloe(fromHex(key), fromHex(aad), header, { rotationBits })
  if (cipher.parameters.segmentLength !== encryptedSegmentLength) throw new Error('other segment length')
  const segments = inOnePiece(message.subarray(FLOE_HEADER_LENGTH))
  const decrypted = await collect(decryptFloe(cipher, segments))
  if (!areEqual(fromHex(plaintext), decrypted)) throw new Error('other plaintext')
}

/**
 * The cases once more, newly encrypted.
 *
 * @param {{ cases: Vector[] }} content
 * @param {(name: string, error: unknown) => void} onFailure Told of each that cannot be; the others are given all the same.
 */
export async function emit({ cases: vectors, ...about }, onFailure) {
  const emitted = []
  for (const vector of vectors) {
    try {
      const options = { segmentLength: vector.encryptedSegmentLength, rotationBits: vector.keyRotationBits }
      const cipher = await createFloe(fromHex(vector.key), fromHex(vector.aad), options)
      const ciphertext = await collect(encryptFloe(cipher, inOnePiece(fromHex(vector.plaintext))))
      emitted.push({ ...vector, ciphertext: toHex(ciphertext) })
    } catch (error) {
      onFailure(vector.name, error)
    }
  }
  return { ...about, cases: emitted }
}
