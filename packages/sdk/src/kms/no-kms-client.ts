import type { KmsClient } from './kms-client.js'

/** Options of the platform's own client: there is none. */
export type OpenApiKmsClientOptions = Readonly<Record<never, never>>

/** Stands where a platform has no KMS client of its own; reached as `#kms-client`. */
export function createKmsClient(_options: OpenApiKmsClientOptions): KmsClient {
  throw new TypeError('on this platform a KMS client has to be given: the `kms` option')
}
