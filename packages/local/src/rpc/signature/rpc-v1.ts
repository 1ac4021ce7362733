import { createHmac } from 'node:crypto'
import { invalidText, rpcError } from '../rpc-error.js'
import type { RpcRequest } from '../rpc-request.js'
import { canonicalQuery, percentEncode } from './percent-encoding.js'
import type { SignatureClaim } from './signature-claim.js'

/**
 * Reads a signature of version 1, from the parameters; older clients send it.
 *
 * @throws {RpcError} `IncompleteSignature` when a part is missing, `InvalidParameter` for another method of signing.
 */
export function readRpcV1(request: RpcRequest): SignatureClaim {
  const parameters = new Map([...request.query, ...request.form])
  const accessKeyId = parameters.get('AccessKeyId')
  const signature = parameters.get('Signature')
  const timestamp = parameters.get('Timestamp')
  const nonce = parameters.get('SignatureNonce')
  if (
    accessKeyId === undefined ||
    signature === undefined ||
    timestamp === undefined ||
    nonce === undefined ||
    nonce === ''
  ) {
    throw rpcError('IncompleteSignature')
  }
  if (parameters.get('SignatureMethod') !== 'HMAC-SHA1')
    throw rpcError('InvalidParameter', invalidText('SignatureMethod'))
  if (parameters.get('SignatureVersion') !== '1.0') throw rpcError('InvalidParameter', invalidText('SignatureVersion'))
  parameters.delete('Signature')
  const stringToSign = `${request.method}&${percentEncode('/')}&${percentEncode(canonicalQuery(parameters))}`
  return {
    accessKeyId,
    securityToken: parameters.get('SecurityToken'),
    timestamp,
    nonce,
    signature,
    stringToSign,
    expectedSignature: (secret) => createHmac('sha1', `${secret}&`).update(stringToSign).digest('base64'),
  }
}
