import { deepStrictEqual } from 'node:assert/strict'
import { createCipheriv, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setImmediate } from 'node:timers/promises'
import { EncryptionSdk, KmsDataKeyProvider } from 'osscrypt'
import { createFloe, decryptFloe, encryptFloe, openFloe } from 'osscrypt/floe'

/**
 * What encrypts; `floe` in segments of 1 MiB.
 *
 * @typedef {'gcm' | 'floe' | 'node:crypto'} Way
 */

/**
 * What is encrypted: so many bytes from memory, in a stream that always has more, or those of a file.
 *
 * @typedef {{ length: number; path?: undefined } | { length?: undefined; path: string }} Source
 */

const CMK_ARN = 'acs:kms:cn-hangzhou:1234567890123456:key/bench'
const NO_AAD = new Uint8Array(0)
const dataKey = randomBytes(32)
const piece = randomBytes(65_536)

/** A KMS that is asked in no time. */
const kms = /** @type {import('osscrypt').KmsClient} */ (
  /** @type {unknown} */ ({
    generateDataKey: async () => ({
      plaintext: Buffer.from(dataKey),
      ciphertextBlob: Buffer.alloc(60),
      keyId: 'bench',
    }),
    decrypt: async () => ({ plaintext: Buffer.from(dataKey), keyId: 'bench' }),
  })
)
const sdk = new EncryptionSdk({ dataKeys: new KmsDataKeyProvider(CMK_ARN, { kms }) })

/**
 * Encrypts one message and drops it as it comes: neither who gives nor who takes the bytes ever waits, but for a file.
 *
 * @param {Way} way
 * @param {Source} source
 */
export async function encryptMessage(way, source) {
  if (way === 'gcm') await pipeline(openSource(source), sdk.encryptStream(), drain)
  else if (way === 'floe') await drain(encryptFloe(await createFloe(dataKey, NO_AAD), openSource(source)))
  else if (source.path === undefined) await encryptRawFromMemory(source.length)
  else await drain(openSource(source).pipe(createCipheriv('aes-256-gcm', dataKey, randomBytes(12))))
}

/** Throws unless what is measured can be decrypted. */
export async function checkEncryption() {
  const plaintext = randomBytes(3 << 20)
  const message = await Readable.from([plaintext]).pipe(sdk.encryptStream()).toArray()
  const decrypted = await Readable.from(message).pipe(sdk.decryptStream()).toArray()
  deepStrictEqual(Buffer.concat(decrypted), plaintext)

  const writing = await createFloe(dataKey, NO_AAD)
  const segments = await Readable.from(encryptFloe(writing, Readable.from([plaintext])))
    .drop(1)
    .toArray()
  const reading = await openFloe(dataKey, NO_AAD, writing.header)
  deepStrictEqual(
    Buffer.concat(await Readable.from(decryptFloe(reading, Readable.from(segments))).toArray()),
    plaintext,
  )
}

/** As a program would that takes care: whatever waits gets its turn after each 64 KiB.
 * @param {number} length
 */
async function encryptRawFromMemory(length) {
  const cipher = createCipheriv('aes-256-gcm', dataKey, randomBytes(12))
  for (let position = 0; position < length; position += piece.length) {
    cipher.update(piece)
    await setImmediate()
  }
  cipher.final()
}

/** @param {Source} source */
function openSource(source) {
  if (source.path !== undefined) return createReadStream(source.path)
  let position = 0
  return new Readable({
    read() {
      this.push(position < source.length ? piece : null)
      position += piece.length
    },
  })
}

/** @param {AsyncIterable<Uint8Array>} chunks */
async function drain(chunks) {
  let length = 0
  for await (const chunk of chunks) length += chunk.length
  return length
}
