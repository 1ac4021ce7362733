import type { Credentials } from './credentials.js'
import type { KmsEndpointOptions } from './kms-endpoint.js'

/** Options of the KMS client over `@alicloud/openapi-client`. */
export interface OpenApiKmsClientOptions extends KmsEndpointOptions {
  /** Default: the default chain of `@alicloud/credentials`. */
  readonly credentials?: Credentials | undefined
  /** How long a connection, and then an answer, may take. Default 5000. */
  readonly timeoutMs?: number | undefined
}
