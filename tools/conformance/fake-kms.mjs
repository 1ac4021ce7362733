// A KMS that knows the data keys of one vector file's cases, and makes new ones for emitting.
import { randomBytes } from 'node:crypto'
import { ServiceError } from 'osscrypt'

const keyIdOf = (arn) => arn.slice(arn.indexOf('key/') + 4)
const regionOf = (arn) => arn.split(':')[2]
const canonical = (context) => JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1)))
const toText = (bytes) => Buffer.from(bytes).toString('base64')

/** A `KmsClient` that answers from a case's `encryptedDataKeys`, for the very context only, and can wrap new keys. */
export class FakeKms {
  /** In the shape of the vectors: `{ keyArn, ciphertextBlob, plaintextDataKey }`, with the context each is bound to. */
  entries = []

  constructor({ encryptedDataKeys = [], encryptionContext = {} } = {}) {
    this.entries = encryptedDataKeys.map((entry) => ({ ...entry, context: canonical(encryptionContext) }))
  }

  generateDataKey({ keyId, length, encryptionContext }) {
    const numberOfBytes = length.numberOfBytes ?? (length.keySpec === 'AES_128' ? 16 : 32)
    const plaintext = randomBytes(numberOfBytes)
    return Promise.resolve({ plaintext, ...this.#wrap(keyId, plaintext, encryptionContext) })
  }

  encrypt({ keyId, plaintext, encryptionContext }) {
    return Promise.resolve(this.#wrap(keyId, plaintext, encryptionContext))
  }

  async reEncrypt({ region, keyId, ciphertextBlob, sourceEncryptionContext, encryptionContext }) {
    const source = await this.decrypt({ region, ciphertextBlob, encryptionContext: sourceEncryptionContext })
    return this.#wrap(keyId, source.plaintext, encryptionContext)
  }

  decrypt({ region, ciphertextBlob, encryptionContext }) {
    const blob = toText(ciphertextBlob)
    const entry = this.entries.find(
      ({ keyArn, ciphertextBlob: known, context }) =>
        known === blob && regionOf(keyArn) === region && context === canonical(encryptionContext),
    )
    if (!entry) {
      return Promise.reject(new ServiceError('WrongContext', 'unknown blob, or another context', { service: 'kms' }))
    }
    return Promise.resolve({ plaintext: Buffer.from(entry.plaintextDataKey, 'base64'), keyId: keyIdOf(entry.keyArn) })
  }

  /** The wrapped keys in the shape of the vectors. */
  get encryptedDataKeys() {
    return this.entries.map(({ keyArn, ciphertextBlob, plaintextDataKey }) => ({
      keyArn,
      ciphertextBlob,
      plaintextDataKey,
    }))
  }

  #wrap(keyArn, plaintext, context) {
    const ciphertextBlob = randomBytes(80 + Math.floor(Math.random() * 100))
    this.entries.push({
      keyArn,
      ciphertextBlob: toText(ciphertextBlob),
      plaintextDataKey: toText(plaintext),
      context: canonical(context),
    })
    return { ciphertextBlob, keyId: keyIdOf(keyArn) }
  }
}
