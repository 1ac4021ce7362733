import { ServiceError } from '../../errors.js'
import type { AliOssClient, AliOssInternals, AliOssSettings } from './client.js'

/**
 * What an `ali-oss` client signs with, its credentials and its clock: how each is put right when OSS refuses it. ali-oss goes on with the old token
 * in all requests but the one that fetches the new one, and knows nothing of the clock.
 */
export class AliOssSigning {
  readonly #client: AliOssClient & Partial<AliOssInternals>
  #renewal: Promise<void> | undefined
  #skewMs: number | undefined

  constructor(client: AliOssClient) {
    this.#client = client
  }

  /** Settings of the client that are others for a request that is signed now. */
  get settings(): Readonly<Record<string, unknown>> {
    return this.#skewMs === undefined ? {} : { amendTimeSkewed: this.#skewMs }
  }

  /** The token that requests are signed with now. */
  get token(): string | undefined {
    return this.#options.stsToken
  }

  get #options(): AliOssSettings {
    return this.#client.options ?? {}
  }

  /**
   * Resolves when the credentials are fresh: at once, or when the client's `refreshSTSToken`, which it is told to call from time to time, has
   * answered; one answer is for all that wait.
   *
   * @throws ServiceError `CredentialsUnavailable`.
   */
  async ready(): Promise<void> {
    const { stsToken, refreshSTSTokenInterval = Infinity } = this.#options
    const age = Date.now() - Number(this.#client.stsTokenFreshTime)
    if (this.#renewal || (stsToken && this.#canRenew && age >= refreshSTSTokenInterval)) await this.#renew()
  }

  /**
   * What is to be waited for before a request is sent again that was refused with this error; undefined when that would be of no use. A clock is put
   * right at once.
   *
   * @param token What the request was signed with.
   * @param serverTimeMs What time it is there.
   */
  correction(error: unknown, token: string | undefined, serverTimeMs = NaN): (() => Promise<void>) | undefined {
    if (!(error instanceof ServiceError)) return undefined
    if (error.code === 'CredentialsExpired' && this.#canRenew) {
      // Another request may have been refused before, and have fetched new ones.
      return () => (token === this.token ? this.#renew() : this.ready())
    }
    if (error.code !== 'ClockSkewed' || Number.isNaN(serverTimeMs)) return undefined
    this.#skewMs = serverTimeMs - Date.now()
    return () => this.ready()
  }

  get #canRenew(): boolean {
    return typeof this.#options.refreshSTSToken === 'function'
  }

  #renew(): Promise<void> {
    this.#renewal ??= this.#fetch().finally(() => (this.#renewal = undefined))
    return this.#renewal
  }

  async #fetch(): Promise<void> {
    const { refreshSTSToken } = this.#options
    let answer: unknown
    try {
      answer = await (refreshSTSToken as () => unknown)()
    } catch {
      // Told below, without its text: it may quote what it was found in.
    }
    const key = toAccessKey(answer)
    if (!key) throw credentialsUnavailable("the store's `refreshSTSToken` gave none")
    // Where ali-oss itself would write them.
    Object.assign(this.#options, key)
    this.#client.stsTokenFreshTime = new Date()
  }
}

/** The error for credentials that a store does not come by. */
export function credentialsUnavailable(reason: string): ServiceError {
  return new ServiceError('CredentialsUnavailable', `no credentials for OSS: ${reason}`, { service: 'oss' })
}

/** In the spellings that ali-oss takes. */
function toAccessKey(answer: unknown): AliOssSettings | null {
  if (typeof answer !== 'object' || answer === null) return null
  const fields = new Map(
    Object.entries(answer).map(([name, value]: [string, unknown]) => [
      name.charAt(0).toLowerCase() + name.slice(1),
      value,
    ]),
  )
  const accessKeyId = fields.get('accessKeyId')
  const accessKeySecret = fields.get('accessKeySecret')
  const stsToken = fields.get('securityToken') ?? fields.get('stsToken')
  if (![accessKeyId, accessKeySecret, stsToken].every((value) => typeof value === 'string' && value !== '')) return null
  return { accessKeyId, accessKeySecret, stsToken } as AliOssSettings
}
