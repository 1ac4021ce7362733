import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { type EncryptionContext, encodeEncryptionContext } from './encryption-context.js'
import { invalidParameter } from './kms-error.js'
import type { KeyVersion } from './key-record.js'

/**
 * A CiphertextBlob is the base64 of: key version id (36 ASCII characters), iv (12 bytes), AES-256-GCM ciphertext, tag (16
 * bytes). A vendor's SDK shows the same layout for the keys of KMS instances. What is authenticated differs: there it is a hash of the
 * context in a form that is the same for some different contexts.
 */
const versionIdLength = 36
const ivLength = 12
const tagLength = 16

/** Encrypts under a version of a symmetric key, bound to the version and the context. Returns the blob in base64. */
export function sealBlob(version: KeyVersion, plaintext: Uint8Array, context: EncryptionContext | undefined): string {
  const iv = randomBytes(ivLength)
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(version.material, 'base64'), iv, {
    authTagLength: tagLength,
  })
  cipher.setAAD(authenticatedData(version, context))
  const parts = [Buffer.from(version.id, 'ascii'), iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]
  return Buffer.concat(parts).toString('base64')
}

/** The id of the key version that a blob names; undefined when the bytes are no blob. */
export function versionIdOf(blob: Buffer): string | undefined {
  if (blob.length < versionIdLength + ivLength + tagLength) return undefined
  const versionId = blob.toString('latin1', 0, versionIdLength)
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(versionId) ? versionId : undefined
}

/**
 * Decrypts a blob under the version that it names.
 *
 * @throws {KmsError} `InvalidParameter` when the blob was changed or the context is another.
 */
export function openBlob(version: KeyVersion, blob: Buffer, context: EncryptionContext | undefined): Buffer {
  const ciphertextStart = versionIdLength + ivLength
  const iv = blob.subarray(versionIdLength, ciphertextStart)
  const decipher = createDecipheriv('aes-256-gcm', Buffer.from(version.material, 'base64'), iv, {
    authTagLength: tagLength,
  })
  decipher.setAAD(authenticatedData(version, context))
  decipher.setAuthTag(blob.subarray(-tagLength))
  const plaintext = decipher.update(blob.subarray(ciphertextStart, -tagLength))
  try {
    return Buffer.concat([plaintext, decipher.final()])
  } catch {
    plaintext.fill(0)
    throw invalidParameter('CiphertextBlob')
  }
}

function authenticatedData(version: KeyVersion, context: EncryptionContext | undefined): Buffer {
  return Buffer.concat([Buffer.from(version.id, 'ascii'), encodeEncryptionContext(context)])
}
