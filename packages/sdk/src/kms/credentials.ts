import AlibabaCredential, { Config, type CredentialModel } from '@alicloud/credentials'
import { ServiceError } from '../errors.js'

/** An access key, with the STS token that belongs to it when it is a temporary one. */
export interface AccessKey {
  readonly accessKeyId: string
  readonly accessKeySecret: string
  readonly securityToken?: string | undefined
}

/** Anything with the shape of a client of `@alicloud/credentials`. */
export interface CredentialClient {
  getCredential(): Promise<{ accessKeyId?: string; accessKeySecret?: string; securityToken?: string }>
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

/** The shape in which `@alicloud/openapi-client` asks for credentials. */
export class CredentialSource {
  readonly #ask: () => Promise<{ accessKeyId?: string; accessKeySecret?: string; securityToken?: string }>

  constructor(credentials: Credentials | undefined) {
    this.#ask = toAsk(credentials)
  }

  /** @throws {@link ServiceError} `CredentialsUnavailable`, without the reason's text: it may quote the file that it was found in. */
  async getCredential(): Promise<CredentialModel> {
    let key
    try {
      key = await this.#ask()
    } catch {
      key = {}
    }
    const { accessKeyId, accessKeySecret, securityToken } = key
    if (!accessKeyId || !accessKeySecret) {
      throw new ServiceError(
        'CredentialsUnavailable',
        'no credentials for KMS: give `credentials`, or set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or configure the aliyun CLI',
        { service: 'kms' },
      )
    }
    return {
      type: securityToken ? 'sts' : 'access_key',
      accessKeyId,
      accessKeySecret,
      securityToken,
    } as CredentialModel
  }
}

function toAsk(credentials: Credentials | undefined): CredentialSource['getCredential'] {
  let client: CredentialClient | undefined
  const ask = (): CredentialClient => {
    client ??= new AlibabaCredential.default(credentials ? new Config(credentials) : null)
    return client
  }
  if (typeof credentials === 'function') return async () => (await credentials()) as CredentialModel
  if (credentials && 'getCredential' in credentials)
    return async () => (await (credentials as CredentialClient).getCredential()) as CredentialModel
  if (credentials && !('type' in credentials)) return () => Promise.resolve(credentials as CredentialModel)
  return async () => (await ask().getCredential()) as CredentialModel
}
