import { createKmsClient } from '#kms-client'
import { decodeBase64, encodeBase64 } from '../bytes/base64.js'
import { compareBytes } from '../bytes/order.js'
import { FormatError, OsscryptError, ServiceError } from '../errors.js'
import { checkedSecretsClient, MAX_SECRET_LENGTH } from '../kms/checked-client.js'
import type { KmsPlace } from '../kms/kms-client.js'
import { KMS_CLIENT_OPTIONS, type OpenApiKmsClientOptions } from '../kms/open-api-options.js'
import type { SecretsClient } from '../kms/secrets-client.js'
import { encodeContext } from '../message/encryption-context.js'
import { decodeHeader, encodeHeader, type HeaderLimits, type MessageHeader } from '../message/header.js'
import { assertOptions, type OptionNames } from '../options.js'
import { defaultRetryPolicy, retrying, type RetryPolicy } from '../retry/retry.js'
import type { DataKeyProvider, DataKeyRequest } from './data-key-provider.js'
import type { StoredEnvelopeProvider } from './envelope-provider.js'
import { createEnvelope, openEnvelope, type DecryptOptions, type Envelope } from './envelope.js'

/** Options of {@link SecretsManagerDataKeyProvider}. */
export interface SecretsManagerDataKeyProviderOptions extends OpenApiKmsClientOptions {
  /** The region whose Secrets Manager keeps the secret. */
  readonly region: string
  /** A Secrets Manager client to use instead of an OpenApiKmsClient; then the endpoint and credentials options have no effect. */
  readonly secrets?: SecretsClient | undefined
  /** The CMK that Secrets Manager encrypts a new secret with. Default: the service's own. */
  readonly encryptionKeyId?: string | undefined
  /** The KMS instance that a new secret is kept in. */
  readonly instanceId?: string | undefined
  /** Default: five attempts with full jitter. */
  readonly retry?: RetryPolicy | undefined
}

const PROVIDER_OPTIONS: OptionNames<SecretsManagerDataKeyProviderOptions> = {
  ...KMS_CLIENT_OPTIONS,
  region: true,
  secrets: true,
  encryptionKeyId: true,
  instanceId: true,
  retry: true,
}

const SECRET_NAME = /^[A-Za-z0-9_/+=.@-]{1,64}$/

/** The first and only version of the secret: it is written once. */
const VERSION_ID = 'v1'

/**
 * One data key, kept under a secret's name in Secrets Manager: wrapped by the CMKs of another provider, with the header it belongs to (form 4).
 * All messages share it; they carry their body only. The first message makes the secret; when two writers race, the first one's is used by
 * both. The secret's algorithm and encryption context are those of all its messages: others are refused.
 */
export class SecretsManagerDataKeyProvider implements StoredEnvelopeProvider {
  readonly #secretName: string
  readonly #dataKeys: DataKeyProvider
  readonly #options: SecretsManagerDataKeyProviderOptions
  readonly #secrets: SecretsClient
  readonly #retry: RetryPolicy
  readonly #place: KmsPlace

  /**
   * @param secretName 1 to 64 letters, digits and `_/+=.@-`.
   * @param dataKeys Wraps and opens the data key; a KmsDataKeyProvider as a rule.
   * @throws TypeError for a name that Secrets Manager does not take.
   */
  constructor(secretName: string, dataKeys: DataKeyProvider, options: SecretsManagerDataKeyProviderOptions) {
    if (!SECRET_NAME.test(secretName)) throw new TypeError('a secret name is 1 to 64 letters, digits and _/+=.@-')
    if (typeof options !== 'object' || typeof options.region !== 'string')
      throw new TypeError('the `region` of the secret is missing')
    assertOptions('a SecretsManagerDataKeyProvider', options, PROVIDER_OPTIONS)
    this.#secretName = secretName
    this.#dataKeys = dataKeys
    this.#options = options
    this.#secrets = checkedSecretsClient(options.secrets ?? createKmsClient(options))
    this.#retry = options.retry ?? defaultRetryPolicy
    this.#place = { region: options.region }
  }

  async obtainEnvelope(request: DataKeyRequest): Promise<Envelope> {
    const { signal } = request
    const stored = (await this.#load({}, signal)) ?? (await this.#create(request)) ?? (await this.#load({}, signal))
    if (!stored) throw this.#notThere()
    if ('dataKey' in stored) return stored
    this.#requireSame(stored, request)
    return openEnvelope(this.#dataKeys, stored, { allowUnauthenticatedAlgorithms: true, signal })
  }

  async loadEnvelope(options: DecryptOptions): Promise<Envelope> {
    const header = await this.#load(options, options.signal)
    if (!header) throw this.#notThere()
    return openEnvelope(this.#dataKeys, header, options)
  }

  async #load(limits: HeaderLimits, signal: AbortSignal | undefined): Promise<MessageHeader | null> {
    const request = { ...this.#place, secretName: this.#secretName }
    const text = await retrying(this.#retry, signal, () => this.#secrets.getSecretValue(request, { signal }))
    if (text === null) return null
    const header = decodeHeader(decodeBase64(text), limits)
    // Only FLOE's own body would show that such a header is right, and messages have none.
    if (header.algorithm.mode === 'FLOE') throw new FormatError('FLOE is not used in messages', 'UnsupportedAlgorithm')
    return header
  }

  /** Makes a data key and stores it. Null when another writer was first. */
  async #create({ algorithm, encryptionContext, signal }: DataKeyRequest): Promise<Envelope | null> {
    const envelope = await createEnvelope(this.#dataKeys, { algorithm, encryptionContext, signal })
    let stored = false
    try {
      const secretData = encodeBase64(encodeHeader(envelope.header))
      if (secretData.length > MAX_SECRET_LENGTH) {
        throw new OsscryptError('LimitExceeded', `Secrets Manager takes at most ${String(MAX_SECRET_LENGTH)} bytes`)
      }
      const { encryptionKeyId, instanceId } = this.#options
      const secret = { secretName: this.#secretName, secretData, versionId: VERSION_ID, encryptionKeyId, instanceId }
      stored = await retrying(this.#retry, signal, () =>
        this.#secrets.createSecret({ ...this.#place, ...secret }, { signal }),
      )
      return stored ? envelope : null
    } finally {
      if (!stored) envelope.dataKey.fill(0)
    }
  }

  /** Data written under another algorithm or context than the secret's could never be read again. */
  #requireSame(header: MessageHeader, { algorithm, encryptionContext }: DataKeyRequest): void {
    const difference =
      header.algorithm !== algorithm
        ? `for ${header.algorithm.name}, not ${algorithm.name}`
        : compareBytes(encodeContext(header.encryptionContext), encodeContext(encryptionContext)) !== 0
          ? 'for another encryption context'
          : undefined
    if (difference !== undefined) {
      throw new OsscryptError(
        'ContextMismatch',
        `the data key in secret ${this.#secretName} is ${difference}: use another secret`,
      )
    }
  }

  #notThere(): ServiceError {
    return new ServiceError('NotFound', `there is no secret ${this.#secretName}`, { service: 'kms' })
  }
}
