import { limits } from '../message/limits.js'
import { badAnswer } from './kms-answer.js'
import type { KmsClient, KmsKeyDirectory, PlaintextKey, WrappedKey } from './kms-client.js'
import { INSTANCE_ID } from './kms-endpoint.js'
import type { AnsweredKeyVersion, KmsSigningClient } from './kms-signing-client.js'
import type { SecretsClient } from './secrets-client.js'

// Clients of KMS may be anybody's: what they answer with is looked at before it is used. Each of these passes requests on, and fails with a
// ServiceError `BadAnswer` that names the field. A data key that comes with an answer that is refused is overwritten.

/** The longest text that Secrets Manager keeps. */
export const MAX_SECRET_LENGTH = 30720

/** A client whose answers about data keys are well-formed. */
export function checkedKmsClient(client: KmsClient & Partial<KmsKeyDirectory>): KmsClient & Partial<KmsKeyDirectory> {
  return {
    generateDataKey: async (request, options) => {
      const answer = fieldsOf(await client.generateDataKey(request, options))
      return keepingKey(answer['plaintext'], () => ({ ...plaintextKey(answer), ...wrappedKey(answer) }))
    },
    encrypt: async (request, options) => wrappedKey(fieldsOf(await client.encrypt(request, options))),
    decrypt: async (request, options) => {
      const answer = fieldsOf(await client.decrypt(request, options))
      return keepingKey(answer['plaintext'], () => plaintextKey(answer))
    },
    reEncrypt: async (request, options) => wrappedKey(fieldsOf(await client.reEncrypt(request, options))),
    ...(client.describeKey && {
      describeKey: async (request, options) => {
        const { instanceId } = fieldsOf(await client.describeKey?.(request, options))
        return { instanceId: instanceId === undefined ? undefined : instanceIdOf(instanceId) }
      },
    }),
  }
}

/** A client whose answers about signatures are well-formed. */
export function checkedSigningClient(client: KmsSigningClient): KmsSigningClient {
  return {
    asymmetricSign: async (request, options) => {
      const answer = fieldsOf(await client.asymmetricSign(request, options))
      return { ...keyVersion(answer), signature: bytes(answer['signature'], 'signature') }
    },
    asymmetricVerify: async (request, options) => {
      const answer = fieldsOf(await client.asymmetricVerify(request, options))
      // Not what is taken for true, such as the text `false`.
      if (typeof answer['valid'] !== 'boolean') throw badAnswer('outcome')
      return { ...keyVersion(answer), valid: answer['valid'] }
    },
    getPublicKey: async (request, options) => {
      const answer = fieldsOf(await client.getPublicKey(request, options))
      if (typeof answer['publicKey'] !== 'string') throw badAnswer('public key')
      return { ...keyVersion(answer), publicKey: answer['publicKey'] }
    },
    listKeyVersions: async (request, options) => {
      const answer: unknown = await client.listKeyVersions(request, options)
      if (!Array.isArray(answer)) throw badAnswer('list of key versions')
      return answer.map((each: unknown) => keyVersion(fieldsOf(each)))
    },
  }
}

/** A client whose answers about secrets are well-formed. */
export function checkedSecretsClient(client: SecretsClient): SecretsClient {
  return {
    getSecretValue: async (request, options) => {
      const answer: unknown = await client.getSecretValue(request, options)
      if (answer === null) return null
      if (typeof answer !== 'string' || answer.length > MAX_SECRET_LENGTH) throw badAnswer('secret')
      return answer
    },
    createSecret: async (request, options) => {
      const answer: unknown = await client.createSecret(request, options)
      if (typeof answer !== 'boolean') throw badAnswer('outcome')
      return answer
    },
  }
}

type Fields = Readonly<Record<string, unknown>>

function fieldsOf(answer: unknown): Fields {
  if (typeof answer !== 'object' || answer === null) throw badAnswer('answer')
  return answer as Fields
}

function wrappedKey({ ciphertextBlob, keyId }: Fields): WrappedKey {
  const blob = bytes(ciphertextBlob, 'ciphertext blob')
  if (blob.length > limits.blobLength) throw badAnswer('ciphertext blob')
  return { ciphertextBlob: blob, keyId: text(keyId, 'key id') }
}

function plaintextKey({ plaintext, keyId }: Fields): PlaintextKey {
  return { plaintext: bytes(plaintext, 'data key'), keyId: text(keyId, 'key id') }
}

function keyVersion({ keyId, keyVersionId }: Fields): AnsweredKeyVersion {
  return { keyId: text(keyId, 'key id'), keyVersionId: text(keyVersionId, 'key version') }
}

/** A host name is built of it. */
function instanceIdOf(value: unknown): string {
  const id = text(value, 'instance id')
  if (!INSTANCE_ID.test(id)) throw badAnswer('instance id')
  return id
}

function keepingKey<Answer>(key: unknown, check: () => Answer): Answer {
  try {
    return check()
  } catch (error) {
    if (key instanceof Uint8Array) key.fill(0)
    throw error
  }
}

function bytes(value: unknown, name: string): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length === 0) throw badAnswer(name)
  return value
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '') throw badAnswer(name)
  return value
}
