import { ServiceError, type EncryptionContext, type KmsClient, type PlaintextKey } from 'osscrypt'

/** A data key as a vector gives it, in base64. */
export interface VectorDataKey {
  readonly keyArn: string
  readonly ciphertextBlob: string
  readonly plaintextDataKey: string
}

/** A KMS that opens the data keys of one vector, for its very context. */
export class VectorKms implements KmsClient {
  readonly requests: string[] = []
  readonly #keys: readonly VectorDataKey[]
  readonly #context: EncryptionContext

  constructor(keys: readonly VectorDataKey[], context: EncryptionContext) {
    this.#keys = keys
    this.#context = context
  }

  decrypt({ ciphertextBlob, encryptionContext }: Parameters<KmsClient['decrypt']>[0]): Promise<PlaintextKey> {
    const blob = Buffer.from(ciphertextBlob).toString('base64')
    this.requests.push(blob)
    const key = this.#keys.find((candidate) => candidate.ciphertextBlob === blob)
    if (!key || sorted(encryptionContext) !== sorted(this.#context)) {
      return Promise.reject(new ServiceError('WrongContext', 'another context or key', { service: 'kms' }))
    }
    const keyId = key.keyArn.slice(key.keyArn.indexOf('/') + 1)
    return Promise.resolve({ plaintext: Buffer.from(key.plaintextDataKey, 'base64'), keyId })
  }

  generateDataKey(): Promise<never> {
    return Promise.reject(new Error('not in the vector'))
  }

  encrypt(): Promise<never> {
    return Promise.reject(new Error('not in the vector'))
  }

  reEncrypt(): Promise<never> {
    return Promise.reject(new Error('not in the vector'))
  }
}

function sorted(context: EncryptionContext): string {
  return JSON.stringify(Object.entries(context).sort(([left], [right]) => (left < right ? -1 : 1)))
}
