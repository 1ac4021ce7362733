import { dataKeyOperations } from './data-key-operations.js'
import { createKmsCall } from './kms-call.js'
import type { KmsClient, KmsKeyDirectory } from './kms-client.js'
import type { KmsSigningClient } from './kms-signing-client.js'
import type { OpenApiKmsClientOptions } from './open-api-options.js'
import type { SecretsClient } from './secrets-client.js'
import { secretsOperations } from './secrets-operations.js'
import { signingOperations } from './signing-operations.js'

/**
 * KMS over HTTP, as Alibaba Cloud's OpenAPI has it: RPC style, signed with ACS3-HMAC-SHA256. One instance serves data key providers, signers and
 * secrets at the same time.
 */
export class OpenApiKmsClient implements KmsClient, KmsKeyDirectory, KmsSigningClient, SecretsClient {
  readonly #dataKeys: KmsClient & KmsKeyDirectory
  readonly #signing: KmsSigningClient
  readonly #secrets: SecretsClient

  readonly generateDataKey: KmsClient['generateDataKey'] = (request, options) =>
    this.#dataKeys.generateDataKey(request, options)
  readonly encrypt: KmsClient['encrypt'] = (request, options) => this.#dataKeys.encrypt(request, options)
  readonly decrypt: KmsClient['decrypt'] = (request, options) => this.#dataKeys.decrypt(request, options)
  readonly reEncrypt: KmsClient['reEncrypt'] = (request, options) => this.#dataKeys.reEncrypt(request, options)
  readonly describeKey: KmsKeyDirectory['describeKey'] = (request, options) =>
    this.#dataKeys.describeKey(request, options)
  readonly asymmetricSign: KmsSigningClient['asymmetricSign'] = (request, options) =>
    this.#signing.asymmetricSign(request, options)
  readonly asymmetricVerify: KmsSigningClient['asymmetricVerify'] = (request, options) =>
    this.#signing.asymmetricVerify(request, options)
  readonly getPublicKey: KmsSigningClient['getPublicKey'] = (request, options) =>
    this.#signing.getPublicKey(request, options)
  readonly listKeyVersions: KmsSigningClient['listKeyVersions'] = (request, options) =>
    this.#signing.listKeyVersions(request, options)
  readonly getSecretValue: SecretsClient['getSecretValue'] = (request, options) =>
    this.#secrets.getSecretValue(request, options)
  readonly createSecret: SecretsClient['createSecret'] = (request, options) =>
    this.#secrets.createSecret(request, options)

  /** @throws TypeError for an endpoint that is none, or would send data keys in the clear over a network. */
  constructor(options: OpenApiKmsClientOptions = {}) {
    const call = createKmsCall(options)
    this.#dataKeys = dataKeyOperations(call)
    this.#signing = signingOperations(call)
    this.#secrets = secretsOperations(call)
  }
}

/** Makes the client that a provider uses when it is given none, out of those of its options that are the client's; reached as `#kms-client`. */
export function createKmsClient(options: OpenApiKmsClientOptions): OpenApiKmsClient {
  const { endpoint, ca, network, credentials, timeoutMs, httpsProxy } = options
  return new OpenApiKmsClient({ endpoint, ca, network, credentials, timeoutMs, httpsProxy })
}
