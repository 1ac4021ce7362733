import type { KmsAnswer } from './kms-answer.js'
import type { KmsCallOptions, KmsPlace } from './kms-client.js'
import { kmsEndpoint } from './kms-endpoint.js'
import type { KmsParameters } from './kms-parameters.js'
import type { KmsTransport } from './kms-transport.js'
import { assertOptions } from '../options.js'
import { KMS_CLIENT_OPTIONS, type OpenApiKmsClientOptions } from './open-api-options.js'
import { checkTransportOptions } from './transport-options.js'

/** Sends one action to a KMS, once. Fails with a ServiceError, or with the signal's reason. What every operation is made of. */
export type KmsCall = (
  action: string,
  place: KmsPlace,
  parameters: KmsParameters,
  options: KmsCallOptions | undefined,
) => Promise<KmsAnswer>

/**
 * Calls over HTTP. What it takes is loaded at the first one.
 *
 * @throws TypeError when the endpoint or the proxy is none; RangeError when the time limit is none.
 */
export function createKmsCall(clientOptions: OpenApiKmsClientOptions): KmsCall {
  assertOptions('a client of KMS', clientOptions, KMS_CLIENT_OPTIONS)
  kmsEndpoint({ region: 'cn-hangzhou' }, clientOptions)
  const options = checkTransportOptions(clientOptions)
  let transport: Promise<KmsTransport> | undefined
  return async (action, place, parameters, callOptions) => {
    try {
      const endpoint = kmsEndpoint(place, clientOptions)
      transport ??= import('./kms-transport.js').then((module) => new module.KmsTransport(options))
      return await (await transport).call(endpoint, action, parameters, callOptions?.signal)
    } finally {
      for (const secret of Object.values(parameters.secret ?? {})) secret.fill(0)
    }
  }
}
