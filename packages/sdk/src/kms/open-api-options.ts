import type { OptionNames } from '../options.js'
import type { KmsEndpointOptions } from './kms-endpoint.js'

/** An access key, with the STS token that belongs to it when it is a temporary one. */
export interface AccessKey {
  readonly accessKeyId: string
  readonly accessKeySecret: string
  readonly securityToken?: string | undefined
}

/** Anything with the shape of a client of `@alicloud/credentials`. */
export interface CredentialClient {
  getCredential(): Promise<Partial<AccessKey>>
}

/**
 * Where credentials come from: an access key; a function that is asked before every request and may answer with another key each time; a
 * client of `@alicloud/credentials`; or what its `Config` takes (`type`: `access_key`, `sts`, `ram_role_arn`, `ecs_ram_role`,
 * `oidc_role_arn`, `credentials_uri`). When nothing is given, the default chain of `@alicloud/credentials` is asked: environment, OIDC, the
 * aliyun CLI's profile, `~/.alibabacloud/credentials`, ECS RAM role, credentials URI.
 */
export type Credentials =
  | AccessKey
  | (() => AccessKey | Promise<AccessKey>)
  | CredentialClient
  | ({ readonly type: string } & Record<string, unknown>)

/** Options of the KMS client over HTTP. */
export interface OpenApiKmsClientOptions extends KmsEndpointOptions {
  /** Default: the default chain of `@alicloud/credentials`. */
  readonly credentials?: Credentials | undefined
  /** How long a connection, and then an answer, may take, in milliseconds. Default 5000; `Infinity` for no limit. */
  readonly timeoutMs?: number | undefined
  /**
   * An HTTP proxy that TLS to KMS goes through, by CONNECT: `http://[user:password@]host:port`. Default: what the environment says
   * with HTTPS_PROXY and NO_PROXY (or https_proxy and no_proxy) when the client is made; `false` for none. KMS at a loopback address, spoken
   * to in plain HTTP, is asked directly.
   */
  readonly httpsProxy?: string | false | undefined
}

/** The names of the options of the KMS client, for those that make one of theirs. */
export const KMS_CLIENT_OPTIONS: OptionNames<OpenApiKmsClientOptions> = {
  endpoint: true,
  ca: true,
  network: true,
  credentials: true,
  timeoutMs: true,
  httpsProxy: true,
}
