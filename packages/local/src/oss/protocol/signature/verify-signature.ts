import type { AccessKey } from '../../../http/service.js'
import { OssError } from '../error/oss-error.js'
import type { Target } from '../request/target.js'
import { readHeaderV1, readQueryV1 } from './claim-v1.js'
import { ALGORITHM_V4, readHeaderV4, readQueryV4 } from './claim-v4.js'
import { equalsInConstantTime, type SignatureClaim, type SignedRequest } from './signed-request.js'

/**
 * Verifies a request's signature, in version 1 or 4, by header or by query, and finds out which of the targets it is about.
 *
 * @param region - the only region that version 4 signatures may name; any when left out.
 * @throws `OssError` as OSS refuses it.
 */
export function verifySignature(
  request: SignedRequest,
  targets: readonly Target[],
  accessKeys: readonly AccessKey[],
  nowMs: number,
  region: string | undefined,
): Target {
  const claim = readClaim(request, region)
  const accessKey = accessKeys.find(({ accessKeyId }) => accessKeyId === claim.accessKeyId)
  if (accessKey === undefined) {
    throw new OssError('InvalidAccessKeyId', { elements: { OSSAccessKeyId: claim.accessKeyId } })
  }
  checkSecurityToken(accessKey, claim.securityToken, nowMs)
  claim.checkTime(nowMs)
  const signed = targets.find((target) =>
    equalsInConstantTime(claim.sign(accessKey, claim.stringToSign(target)), claim.signature),
  )
  if (signed !== undefined) return signed
  const [likeliest] = targets
  throw new OssError('SignatureDoesNotMatch', {
    elements: {
      OSSAccessKeyId: claim.accessKeyId,
      SignatureProvided: claim.signature,
      ...(likeliest && { StringToSign: Buffer.from(claim.stringToSign(likeliest), 'latin1').toString('utf8') }),
    },
  })
}

function readClaim(request: SignedRequest, region: string | undefined): SignatureClaim {
  const { headers, query } = request
  const authorization = headers.get('authorization')
  if (authorization !== undefined) {
    return authorization.startsWith(`${ALGORITHM_V4} `)
      ? readHeaderV4(request, authorization, region)
      : readHeaderV1(request, authorization)
  }
  if (query.has('x-oss-signature-version') || query.has('x-oss-signature')) return readQueryV4(request, region)
  if (query.has('Signature') || query.has('OSSAccessKeyId')) return readQueryV1(request)
  throw new OssError('AccessDenied')
}

/** An access key of STS is nothing without its token, and the token belongs to no other. */
function checkSecurityToken(accessKey: AccessKey, given: string | undefined, nowMs: number): void {
  const { accessKeyId, securityToken, expiresMs } = accessKey
  if (securityToken === undefined) {
    if (given !== undefined) throw new OssError('InvalidSecurityToken')
  } else if (given === undefined) {
    throw new OssError('InvalidAccessKeyId', { elements: { OSSAccessKeyId: accessKeyId } })
  } else if (!equalsInConstantTime(given, securityToken)) {
    throw new OssError('InvalidSecurityToken')
  } else if (expiresMs !== undefined && nowMs >= expiresMs) {
    throw new OssError('SecurityTokenExpired')
  }
}
