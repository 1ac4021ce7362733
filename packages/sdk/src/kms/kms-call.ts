import type { KmsAnswer } from './kms-answer.js'
import type { KmsCallOptions, KmsPlace } from './kms-client.js'
import { kmsEndpoint } from './kms-endpoint.js'
import type { OpenApiKmsClientOptions } from './open-api-options.js'
import type { OpenApiTransport } from './open-api-transport.js'

/**
 * Sends one action to a KMS, once; parameters that are undefined are left out. Fails with a ServiceError, or with the
 * signal's reason. What every operation is made of.
 */
export type KmsCall = (
  action: string,
  place: KmsPlace,
  parameters: Readonly<Record<string, string | undefined>>,
  options: KmsCallOptions | undefined,
) => Promise<KmsAnswer>

/**
 * Calls through `@alicloud/openapi-client`, which is loaded at the first one.
 *
 * @throws TypeError when the endpoint is not one; see `kmsEndpoint`.
 */
export function createKmsCall(clientOptions: OpenApiKmsClientOptions): KmsCall {
  kmsEndpoint({ region: 'cn-hangzhou' }, clientOptions)
  let transport: Promise<OpenApiTransport> | undefined
  return async (action, place, parameters, options) => {
    const endpoint = kmsEndpoint(place, clientOptions)
    transport ??= import('./open-api-transport.js').then((module) => new module.OpenApiTransport(clientOptions))
    return (await transport).call(endpoint, action, parameters, options?.signal)
  }
}
