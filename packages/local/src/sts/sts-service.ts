import type { AccessKeys } from '../credentials/access-keys.js'
import type { AccessKey, LocalService, ServiceOptions } from '../http/service.js'
import { type RpcService, answerRpc } from '../rpc/rpc-exchange.js'
import type { RpcRequest } from '../rpc/rpc-request.js'
import { Nonces } from '../rpc/signature/nonces.js'
import { verifySignature } from '../rpc/signature/verify-signature.js'
import { assumeRole } from './assume-role.js'
import { stsErrors } from './sts-error.js'

/** What a local STS is made from. */
export interface StsServiceOptions<K extends AccessKey> extends Pick<ServiceOptions, 'faults' | 'onRequest' | 'now'> {
  readonly accessKeys: AccessKeys<K>
  readonly accountId: string
}

const rpcService: RpcService<{ readonly name: string }> = {
  name: 'sts',
  product: 'Sts',
  apiVersion: '2015-04-01',
  operations: new Map([['AssumeRole', { name: 'AssumeRole' }]]),
  faultWords: {
    errors: stsErrors,
    usualCodes: { 403: 'NoPermission', 404: 'EntityNotExist.Role', 429: 'Throttling.User', 503: 'ServiceUnavailable' },
    internalCode: 'InternalError',
  },
}

/** A local STS: it gives out temporary access keys for the other services. */
export function createStsService<K extends AccessKey>(options: StsServiceOptions<K>): LocalService {
  const { accessKeys, accountId } = options
  const nonces = new Nonces()
  const answer = async (_: unknown, request: RpcRequest): Promise<object> => {
    const now = options.now()
    const caller = verifySignature(request, { accessKeys: accessKeys.all, nonces, now })
    return assumeRole({ accessKeys, caller, accountId, now }, new Map([...request.query, ...request.form]))
  }
  return {
    handle: (incoming, response) => answerRpc(rpcService, { options, answer }, incoming, response),
    close: () => Promise.resolve(),
  }
}
