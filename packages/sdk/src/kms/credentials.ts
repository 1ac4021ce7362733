import AlibabaCredential, { Config, CredentialModel } from '@alicloud/credentials'
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
  readonly #ask: () => Promise<Partial<AccessKey> | undefined>

  constructor(credentials: Credentials | undefined) {
    this.#ask = toAsk(credentials)
  }

  /** @throws {@link ServiceError} `CredentialsUnavailable`, without the reason's text: it may quote the file that it was found in. */
  async getCredential(): Promise<CredentialModel> {
    let key: Partial<AccessKey> | undefined
    try {
      key = await this.#ask()
    } catch {
      // Told below.
    }
    const { accessKeyId, accessKeySecret, securityToken } = key ?? {}
    if (!accessKeyId || !accessKeySecret) {
      throw new ServiceError(
        'CredentialsUnavailable',
        'no credentials for KMS: give `credentials`, or set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or configure the aliyun CLI',
        { service: 'kms' },
      )
    }
    return new CredentialModel({
      type: securityToken ? 'sts' : 'access_key',
      accessKeyId,
      accessKeySecret,
      securityToken,
    })
  }
}

function toAsk(credentials: Credentials | undefined): () => Promise<Partial<AccessKey> | undefined> {
  if (typeof credentials === 'function') return async () => credentials()
  if (credentials && isClient(credentials)) return () => credentials.getCredential()
  if (credentials && isAccessKey(credentials)) return () => Promise.resolve(credentials)
  let client: AlibabaCredential.default | undefined
  return () => {
    client ??= new AlibabaCredential.default(credentials ? new Config(credentials) : null)
    return client.getCredential()
  }
}

function isClient(credentials: Exclude<Credentials, () => unknown>): credentials is CredentialClient {
  return typeof (credentials as Partial<CredentialClient>).getCredential === 'function'
}

function isAccessKey(credentials: object): credentials is AccessKey {
  return !('type' in credentials)
}
