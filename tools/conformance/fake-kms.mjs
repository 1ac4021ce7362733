// A KMS that knows the data keys of one vector file's cases, and makes new ones for emitting.
import { ServiceError } from 'osscrypt'
import { fromBase64, randomBytes, toBase64 } from './bytes.mjs'

/**
 * @typedef {{ keyArn: string, ciphertextBlob: string, plaintextDataKey: string }} VectorKey
 * @typedef {import('osscrypt').KmsClient} KmsClient
 */

/** @param {string} arn */
const keyIdOf = (arn) => arn.slice(arn.indexOf('key/') + 4)
/** @param {string} arn */
const regionOf = (arn) => arn.split(':')[2]
/** @param {Readonly<Record<string, string>>} context */
const canonical = (context) => JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1)))

/**
 * A `KmsClient` that answers from a case's `encryptedDataKeys`, for the very context only, and can wrap new keys.
 *
 * @implements {KmsClient}
 */
export class FakeKms {
  /**
   * In the shape of the vectors, with the context each is bound to.
   *
   * @type {(VectorKey & { context: string })[]}
   */
  entries

  /** @param {{ encryptedDataKeys?: readonly VectorKey[], encryptionContext?: Readonly<Record<string, string>> }} vector */
  constructor({ encryptedDataKeys = [], encryptionContext = {} } = {}) {
    this.entries = encryptedDataKeys.map((entry) => ({ ...entry, context: canonical(encryptionContext) }))
  }

  /** @type {KmsClient['generateDataKey']} */
  generateDataKey = ({ keyId, length, encryptionContext }) => {
    const numberOfBytes = 'numberOfBytes' in length ? length.numberOfBytes : length.keySpec === 'AES_128' ? 16 : 32
    const plaintext = randomBytes(numberOfBytes)
    return Promise.resolve({ plaintext, ...this.#wrap(keyId, plaintext, encryptionContext) })
  }

  /** @type {KmsClient['encrypt']} */
  encrypt = ({ keyId, plaintext, encryptionContext }) => {
    return Promise.resolve(this.#wrap(keyId, plaintext, encryptionContext))
  }

  /** @type {KmsClient['reEncrypt']} */
  reEncrypt = async ({ region, keyId, ciphertextBlob, sourceEncryptionContext, encryptionContext }) => {
    const source = await this.decrypt({ region, ciphertextBlob, encryptionContext: sourceEncryptionContext })
    return this.#wrap(keyId, source.plaintext, encryptionContext)
  }

  /** @type {KmsClient['decrypt']} */
  decrypt = ({ region, ciphertextBlob, encryptionContext }) => {
    const blob = toBase64(ciphertextBlob)
    const entry = this.entries.find(
      ({ keyArn, ciphertextBlob: known, context }) =>
        known === blob && regionOf(keyArn) === region && context === canonical(encryptionContext),
    )
    if (!entry) {
      return Promise.reject(new ServiceError('WrongContext', 'unknown blob, or another context', { service: 'kms' }))
    }
    return Promise.resolve({ plaintext: fromBase64(entry.plaintextDataKey), keyId: keyIdOf(entry.keyArn) })
  }

  /** The wrapped keys in the shape of the vectors. */
  get encryptedDataKeys() {
    return this.entries.map(({ keyArn, ciphertextBlob, plaintextDataKey }) => ({
      keyArn,
      ciphertextBlob,
      plaintextDataKey,
    }))
  }

  /**
   * @param {string} keyArn
   * @param {Uint8Array} plaintext
   * @param {Readonly<Record<string, string>>} context
   */
  #wrap(keyArn, plaintext, context) {
    const ciphertextBlob = randomBytes(80 + Math.floor(Math.random() * 100))
    this.entries.push({
      keyArn,
      ciphertextBlob: toBase64(ciphertextBlob),
      plaintextDataKey: toBase64(plaintext),
      context: canonical(context),
    })
    return { ciphertextBlob, keyId: keyIdOf(keyArn) }
  }
}
