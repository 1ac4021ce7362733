import { dataKeyOperations } from './data-key-operations.js'
import { createKmsCall } from './kms-call.js'
import type { KmsClient } from './kms-client.js'
import type { KmsSigningClient } from './kms-signing-client.js'
import type { OpenApiKmsClientOptions } from './open-api-options.js'
import { signingOperations } from './signing-operations.js'

/**
 * KMS through its official client, `@alicloud/openapi-client`, which is loaded at the first call. One instance serves data key providers and
 * signers at the same time.
 */
export class OpenApiKmsClient implements KmsClient, KmsSigningClient {
  readonly generateDataKey: KmsClient['generateDataKey']
  readonly encrypt: KmsClient['encrypt']
  readonly decrypt: KmsClient['decrypt']
  readonly reEncrypt: KmsClient['reEncrypt']
  readonly asymmetricSign: KmsSigningClient['asymmetricSign']
  readonly asymmetricVerify: KmsSigningClient['asymmetricVerify']
  readonly getPublicKey: KmsSigningClient['getPublicKey']
  readonly listKeyVersions: KmsSigningClient['listKeyVersions']

  /** @throws TypeError when the endpoint is not one, or would send data keys in the clear over a network. */
  constructor(options: OpenApiKmsClientOptions = {}) {
    const call = createKmsCall(options)
    const dataKeys = dataKeyOperations(call)
    this.generateDataKey = dataKeys.generateDataKey
    this.encrypt = dataKeys.encrypt
    this.decrypt = dataKeys.decrypt
    this.reEncrypt = dataKeys.reEncrypt
    const signing = signingOperations(call)
    this.asymmetricSign = signing.asymmetricSign
    this.asymmetricVerify = signing.asymmetricVerify
    this.getPublicKey = signing.getPublicKey
    this.listKeyVersions = signing.listKeyVersions
  }
}

/** What this platform's own KMS client takes. */
export type KmsClientOptions = OpenApiKmsClientOptions

/** Makes the client that a provider uses when it is given none; reached as `#kms-client`. */
export function createKmsClient(options: KmsClientOptions): KmsClient {
  return new OpenApiKmsClient(options)
}
