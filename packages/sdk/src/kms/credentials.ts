import AlibabaCredential, { Config, CredentialModel } from '@alicloud/credentials'
import { ServiceError } from '../errors.js'
import { defaultExport } from './default-export.js'
import type { AccessKey, CredentialClient, Credentials } from './open-api-options.js'

const DefaultChain = defaultExport(AlibabaCredential)

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
  let client: CredentialClient | undefined
  return () => {
    client ??= new DefaultChain(credentials ? new Config(credentials) : null)
    return client.getCredential()
  }
}

function isClient(credentials: Exclude<Credentials, () => unknown>): credentials is CredentialClient {
  return typeof (credentials as Partial<CredentialClient>).getCredential === 'function'
}

function isAccessKey(credentials: object): credentials is AccessKey {
  return !('type' in credentials)
}
