import OpenApi, { Config, OpenApiRequest, Params } from '@alicloud/openapi-client'
import { RuntimeOptions } from '@alicloud/tea-util'
import { abortable } from '../retry/retry.js'
import { CredentialSource } from './credentials.js'
import { defaultExport } from './default-export.js'
import type { KmsAnswer } from './kms-answer.js'
import type { KmsEndpoint } from './kms-endpoint.js'
import { toKmsError } from './kms-error.js'
import type { OpenApiKmsClientOptions } from './open-api-options.js'

const OpenApiClient = defaultExport(OpenApi)
type OpenApiClient = InstanceType<typeof OpenApiClient>

/** Sends KMS actions through `@alicloud/openapi-client`, which signs them (ACS3-HMAC-SHA256). */
export class OpenApiTransport {
  readonly #options: OpenApiKmsClientOptions
  readonly #credential: CredentialSource
  readonly #clients = new Map<string, OpenApiClient>()

  constructor(options: OpenApiKmsClientOptions) {
    this.#options = options
    this.#credential = new CredentialSource(options.credentials)
  }

  /**
   * Sends one action, once.
   *
   * @throws ServiceError, whatever went wrong; the signal's reason when it is aborted.
   */
  async call(
    endpoint: KmsEndpoint,
    action: string,
    parameters: Readonly<Record<string, string | undefined>>,
    signal: AbortSignal | undefined,
  ): Promise<KmsAnswer> {
    signal?.throwIfAborted()
    const params = new Params({
      action,
      version: '2016-01-20',
      protocol: endpoint.protocol,
      pathname: '/',
      method: 'POST',
      authType: 'AK',
      style: 'RPC',
      reqBodyType: 'formData',
      bodyType: 'json',
    })
    const query = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined))
    const runtime = new RuntimeOptions({ autoretry: false })
    const answered = this.#client(endpoint).callApi(params, new OpenApiRequest({ query }), runtime)
    try {
      const { body } = (await abortable(answered, signal)) as { body: KmsAnswer }
      return body
    } catch (error) {
      signal?.throwIfAborted()
      throw toKmsError(action, endpoint.host, error)
    }
  }

  #client({ host, protocol, ca }: KmsEndpoint): OpenApiClient {
    const { timeoutMs = 5000 } = this.#options
    // An authority is trusted where it was given only, also by two instances behind one address.
    const id = JSON.stringify([protocol, host, ca])
    let client = this.#clients.get(id)
    if (!client) {
      client = new OpenApiClient(
        new Config({
          credential: this.#credential,
          endpoint: host,
          protocol,
          // The client under it gives up at the shorter of the two, whatever it waits for.
          connectTimeout: timeoutMs,
          readTimeout: timeoutMs,
          ...(ca !== undefined && { ca }),
        }),
      )
      this.#clients.set(id, client)
    }
    return client
  }
}
