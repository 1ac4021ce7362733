import { ServiceError } from '../errors.js'
import { defaultExport } from './default-export.js'
import type { AccessKey, CredentialClient, Credentials } from './open-api-options.js'

/** What the vendor's own client is made of. */
type Config = Extract<Credentials, { readonly type: string }>

/** What an HTTP header can carry. */
const CARRIABLE = /^[\x21-\x7e]+$/

/** Asks for credentials, before every request. */
export class CredentialSource {
  readonly #given: CredentialClient | undefined
  /** What a client of the vendor's is made of, which keeps temporary credentials until shortly before their end. */
  readonly #config: Config | undefined
  #made: Promise<CredentialClient> | undefined
  readonly #fixed: boolean

  constructor(credentials: Credentials | undefined) {
    this.#given = credentials && toClient(credentials)
    this.#config = this.#given ? undefined : (credentials as Config | undefined)
    this.#fixed = typeof credentials === 'object' && isFixed(credentials)
  }

  /**
   * @throws {@link ServiceError} `CredentialsUnavailable`, without the reason's text: it may quote the file that it was found in. Its cause says
   *   what kind of error it was.
   */
  async accessKey(): Promise<AccessKey> {
    let key: unknown
    try {
      const client = this.#given ?? (await this.#make())
      key = await client.getCredential()
    } catch (error) {
      throw unavailable('the credentials for KMS could not be had', redact(error))
    }
    const { accessKeyId, accessKeySecret, securityToken } = (key ?? {}) as { [Name in keyof AccessKey]?: unknown }
    if (!accessKeyId || !accessKeySecret) {
      throw unavailable(
        'no credentials for KMS: give `credentials`, or set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or configure the aliyun CLI',
      )
    }
    const texts = [accessKeyId, accessKeySecret, securityToken ?? '-'].map((text) => (text === '' ? '-' : text))
    if (!texts.every((text) => typeof text === 'string' && CARRIABLE.test(text))) {
      throw unavailable(
        'the credentials for KMS are no texts of visible ASCII characters: look for spaces and line breaks',
      )
    }
    return { accessKeyId, accessKeySecret, securityToken: securityToken ?? undefined } as AccessKey
  }

  /** Has the next request ask anew. False where that gives the same again. */
  renew(): boolean {
    this.#made = undefined
    return !this.#fixed
  }

  async #make(): Promise<CredentialClient> {
    const making = (this.#made ??= makeClient(this.#config))
    try {
      return await making
    } catch (error) {
      if (this.#made === making) this.#made = undefined
      throw error
    }
  }
}

function unavailable(message: string, cause?: Error): ServiceError {
  return new ServiceError('CredentialsUnavailable', message, { service: 'kms', cause })
}

/** What kind of error it was: the name of its class, and the system's code. Everything else may hold a secret. */
function redact(error: unknown): Error {
  const { name, code } = (typeof error === 'object' && error !== null ? error : {}) as {
    name?: unknown
    code?: unknown
  }
  const kind = typeof name === 'string' && /^(Type|Range|Syntax|Abort|Timeout)?Error$/.test(name) ? name : 'Error'
  return new Error(typeof code === 'string' && /^E[A-Z]{3,30}$/.test(code) ? `${kind}: ${code}` : kind)
}

/** The vendor's own; who gives the access key does not load it. */
async function makeClient(config: Config | undefined): Promise<CredentialClient> {
  const { default: imported, Config: VendorConfig } = await import('@alicloud/credentials')
  const AlibabaCredential = defaultExport(imported)
  return new AlibabaCredential(config ? new VendorConfig(config) : null)
}

function toClient(credentials: Credentials): CredentialClient | undefined {
  if (typeof credentials === 'function') return { getCredential: async () => credentials() }
  if (isClient(credentials)) return credentials
  return isAccessKey(credentials) ? { getCredential: () => Promise.resolve(credentials) } : undefined
}

/** Whether the same key comes however often it is asked for. */
function isFixed(credentials: Exclude<Credentials, () => unknown>): boolean {
  if (isClient(credentials)) return false
  return isAccessKey(credentials) || credentials.type === 'access_key' || credentials.type === 'sts'
}

function isClient(credentials: Exclude<Credentials, () => unknown>): credentials is CredentialClient {
  return typeof (credentials as Partial<CredentialClient>).getCredential === 'function'
}

function isAccessKey(credentials: object): credentials is AccessKey {
  return !('type' in credentials)
}
