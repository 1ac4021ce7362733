import { decodeBase64, encodeBase64 } from '../bytes/base64.js'
import { ServiceError } from '../errors.js'
import type { EncryptionContext } from '../message/encryption-context.js'
import type { DataKeyLength, KmsCallOptions, KmsClient, KmsKey, PlaintextKey, WrappedKey } from './kms-client.js'
import { kmsEndpoint } from './kms-endpoint.js'
import type { OpenApiKmsClientOptions } from './open-api-options.js'
import type { KmsAnswer, OpenApiTransport } from './open-api-transport.js'

/** The most characters of JSON that KMS takes as an encryption context. */
const MAX_CONTEXT_CHARACTERS = 8192

/** KMS through its official client, `@alicloud/openapi-client`, which is loaded at the first call. */
export class OpenApiKmsClient implements KmsClient {
  readonly #options: OpenApiKmsClientOptions
  #transport: Promise<OpenApiTransport> | undefined

  constructor(options: OpenApiKmsClientOptions = {}) {
    kmsEndpoint('cn-hangzhou', options)
    this.#options = options
  }

  async generateDataKey(
    request: KmsKey & { length: DataKeyLength; encryptionContext: EncryptionContext },
    options?: KmsCallOptions,
  ): Promise<WrappedKey & PlaintextKey> {
    const parameters = {
      KeyId: request.keyId,
      KeySpec: 'keySpec' in request.length ? request.length.keySpec : undefined,
      NumberOfBytes: 'numberOfBytes' in request.length ? String(request.length.numberOfBytes) : undefined,
      EncryptionContext: contextParameter(request.encryptionContext),
    }
    const answer = await this.#call('GenerateDataKey', request.region, parameters, options)
    return { ...wrappedKey(answer), ...plaintextKey(answer) }
  }

  async encrypt(
    request: KmsKey & { plaintext: Uint8Array; encryptionContext: EncryptionContext },
    options?: KmsCallOptions,
  ): Promise<WrappedKey> {
    const parameters = {
      KeyId: request.keyId,
      Plaintext: encodeBase64(request.plaintext),
      EncryptionContext: contextParameter(request.encryptionContext),
    }
    return wrappedKey(await this.#call('Encrypt', request.region, parameters, options))
  }

  async decrypt(
    request: { region: string; ciphertextBlob: Uint8Array; encryptionContext: EncryptionContext },
    options?: KmsCallOptions,
  ): Promise<PlaintextKey> {
    const parameters = {
      CiphertextBlob: encodeBase64(request.ciphertextBlob),
      EncryptionContext: contextParameter(request.encryptionContext),
    }
    return plaintextKey(await this.#call('Decrypt', request.region, parameters, options))
  }

  async reEncrypt(
    request: KmsKey & { ciphertextBlob: Uint8Array; sourceEncryptionContext: EncryptionContext; encryptionContext: EncryptionContext },
    options?: KmsCallOptions,
  ): Promise<WrappedKey> {
    const parameters = {
      CiphertextBlob: encodeBase64(request.ciphertextBlob),
      SourceEncryptionContext: contextParameter(request.sourceEncryptionContext),
      DestinationKeyId: request.keyId,
      DestinationEncryptionContext: contextParameter(request.encryptionContext),
    }
    return wrappedKey(await this.#call('ReEncrypt', request.region, parameters, options))
  }

  async #call(
    action: string,
    region: string,
    parameters: Readonly<Record<string, string | undefined>>,
    options: KmsCallOptions | undefined,
  ): Promise<KmsAnswer> {
    const endpoint = kmsEndpoint(region, this.#options)
    this.#transport ??= import('./open-api-transport.js').then(({ OpenApiTransport: Transport }) => new Transport(this.#options))
    return (await this.#transport).call(endpoint, action, parameters, options?.signal)
  }
}

/** What this platform's own KMS client takes. */
export type KmsClientOptions = OpenApiKmsClientOptions

/** Makes the client that a provider uses when it is given none; reached as `#kms-client`. */
export function createKmsClient(options: KmsClientOptions): KmsClient {
  return new OpenApiKmsClient(options)
}

/** @throws RangeError before KMS is asked what it would refuse. */
function contextParameter(context: EncryptionContext): string | undefined {
  if (Object.keys(context).length === 0) return undefined
  const json = JSON.stringify(context)
  if (json.length > MAX_CONTEXT_CHARACTERS) {
    throw new RangeError(`KMS takes an encryption context of at most ${String(MAX_CONTEXT_CHARACTERS)} characters of JSON`)
  }
  return json
}

function wrappedKey(answer: KmsAnswer): WrappedKey {
  return { ciphertextBlob: bytesField(answer, 'CiphertextBlob'), keyId: textField(answer, 'KeyId') }
}

function plaintextKey(answer: KmsAnswer): PlaintextKey {
  return { plaintext: bytesField(answer, 'Plaintext'), keyId: textField(answer, 'KeyId') }
}

function textField(answer: KmsAnswer, name: string): string {
  const value = answer[name]
  if (typeof value !== 'string' || value === '') throw badAnswer(name)
  return value
}

function bytesField(answer: KmsAnswer, name: string): Uint8Array {
  try {
    return decodeBase64(textField(answer, name))
  } catch {
    throw badAnswer(name)
  }
}

function badAnswer(field: string): ServiceError {
  return new ServiceError('BadAnswer', `KMS answered without a well-formed ${field}`, { service: 'kms' })
}
