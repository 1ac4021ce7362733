import { createHash, timingSafeEqual } from 'node:crypto'
import type { AccessKey } from '../../http/service.js'
import { rpcError } from '../rpc-error.js'
import type { RpcRequest } from '../rpc-request.js'
import { readAcs3 } from './acs3.js'
import { allowedSkewMs, type Nonces } from './nonces.js'
import { readRpcV1 } from './rpc-v1.js'
import { signatureMismatch } from './signature-claim.js'

/** What signatures are checked against. */
export interface SignatureSetting<K extends AccessKey> {
  readonly accessKeys: readonly K[]
  readonly nonces: Nonces
  readonly now: number
}

/**
 * Checks who sent a request, and that it is fresh.
 *
 * @returns the access key of the sender.
 * @throws {RpcError} naming what is wrong; a nonce counts as used only by a request whose signature is right.
 */
export function verifySignature<K extends AccessKey>(request: RpcRequest, setting: SignatureSetting<K>): K {
  const authorization = request.headers.get('authorization')?.[0]
  const claim = authorization === undefined ? readRpcV1(request) : readAcs3(request, authorization)
  const accessKey = setting.accessKeys.find(({ accessKeyId }) => accessKeyId === claim.accessKeyId)
  if (accessKey === undefined) throw rpcError('InvalidAccessKeyId.NotFound')
  checkFreshness(claim.timestamp, setting.now)
  checkToken(accessKey, claim.securityToken, setting.now)
  if (!isEqual(claim.signature, claim.expectedSignature(accessKey.accessKeySecret)))
    throw signatureMismatch(claim.stringToSign)
  if (!setting.nonces.accept(claim.accessKeyId, claim.nonce, setting.now)) throw rpcError('SignatureNonceUsed')
  return accessKey
}

function checkFreshness(timestamp: string, now: number): void {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/.test(timestamp) ? Date.parse(timestamp) : Number.NaN
  if (Number.isNaN(time)) throw rpcError('InvalidTimeStamp.Format')
  if (Math.abs(now - time) > allowedSkewMs) throw rpcError('InvalidTimeStamp.Expired')
}

function checkToken(accessKey: AccessKey, token: string | undefined, now: number): void {
  if (accessKey.securityToken !== undefined && (token === undefined || token === ''))
    throw rpcError('MissingSecurityToken')
  if (!isEqual(token ?? '', accessKey.securityToken ?? '')) throw rpcError('InvalidSecurityToken.MismatchWithAccessKey')
  if (accessKey.expiresMs !== undefined && now >= accessKey.expiresMs) throw rpcError('InvalidSecurityToken.Expired')
}

/** Compares in a time that depends on neither text, nor on where they differ. */
function isEqual(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())
}
