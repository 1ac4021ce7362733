import type { KmsClient, KmsKeyDirectory } from './kms-client.js'
import type { SecretsClient } from './secrets-client.js'

/** What this platform's own KMS client takes: there is none. */
export type KmsClientOptions = object

/** Stands where a platform has no KMS client of its own; reached as `#kms-client`. */
export function createKmsClient(_options: KmsClientOptions): KmsClient & KmsKeyDirectory & SecretsClient {
  throw new TypeError('on this platform a KMS client has to be given: the `kms` option')
}
