import type { KmsClient, KmsKeyDirectory } from './kms-client.js'
import type { OpenApiKmsClientOptions } from './open-api-options.js'
import type { SecretsClient } from './secrets-client.js'

/** Stands where a platform has no KMS client of its own; reached as `#kms-client`. */
export function createKmsClient(_options: OpenApiKmsClientOptions): KmsClient & KmsKeyDirectory & SecretsClient {
  throw new TypeError('on this platform a KMS client has to be given: the `kms` option')
}
