import type { AccessKey } from '../../../http/service.js'
import { OssError } from '../error/oss-error.js'
import type { Target } from '../request/target.js'
import { readHeaderV1, readQueryV1 } from './claim-v1.js'
import { ALGORITHM_V4, readHeaderV4, readQueryV4 } from './claim-v4.js'
import { equalsInConstantTime, type SignatureClaim, type SignedRequest } from './signed-request.js'

/** What signatures are verified against. */
export interface SignatureRules {
  readonly accessKeys: readonly AccessKey[]
  readonly nowMs: number
  /** The only region that version 4 signatures may name; any when left out. */
  readonly region: string | undefined
}

/**
 * Verifies a request's signature, in version 1 or 4, by header or by query, and finds out which of the targets it is about.
 *
 * @returns null when the request claims none.
 * @throws `OssError` as OSS refuses it.
 */
export function verifySignature(
  request: SignedRequest,
  targets: readonly Target[],
  { accessKeys, nowMs, region }: SignatureRules,
): Target | null {
  const claim = readClaim(request, region)
  if (claim === null) return null
  const accessKey = accessKeys.find(({ accessKeyId }) => accessKeyId === claim.accessKeyId)
  if (accessKey === undefined) {
    throw new OssError('InvalidAccessKeyId', { elements: { OSSAccessKeyId: claim.accessKeyId } })
  }
  checkSecurityToken(accessKey, claim.securityToken, nowMs)
  claim.checkTime(nowMs)
  const isSigned = (text: string | undefined): boolean =>
    text !== undefined && equalsInConstantTime(claim.sign(accessKey, text), claim.signature)
  const signed =
    targets.find((target) => isSigned(claim.stringToSign(target))) ??
    targets.find((target) => isSigned(claim.newerStringToSign?.(target)))
  if (signed !== undefined) return signed
  const [likeliest] = targets
  throw new OssError('SignatureDoesNotMatch', {
    elements: {
      OSSAccessKeyId: claim.accessKeyId,
      SignatureProvided: claim.signature,
      ...(likeliest && elementsOf(claim, likeliest)),
    },
  })
}

/** What the server signed, for the client to compare. */
function elementsOf(claim: SignatureClaim, target: Target): Record<string, string> {
  const bytes = Buffer.from(claim.stringToSign(target), 'latin1')
  const canonicalRequest = claim.canonicalRequest?.(target)
  return {
    StringToSign: bytes.toString('utf8'),
    StringToSignBytes: hexBytes(bytes),
    ...(canonicalRequest !== undefined && {
      CanonicalRequest: Buffer.from(canonicalRequest, 'latin1').toString('utf8'),
      CanonicalRequestBytes: hexBytes(Buffer.from(canonicalRequest, 'latin1')),
    }),
  }
}

function hexBytes(bytes: Buffer): string {
  return [...bytes].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(' ')
}

function readClaim(request: SignedRequest, region: string | undefined): SignatureClaim | null {
  const { headers, query } = request
  const authorization = headers.get('authorization')
  if (authorization !== undefined) {
    return authorization.startsWith(`${ALGORITHM_V4} `)
      ? readHeaderV4(request, authorization, region)
      : readHeaderV1(request, authorization)
  }
  if (query.has('x-oss-signature-version') || query.has('x-oss-signature')) return readQueryV4(request, region)
  if (query.has('Signature') || query.has('OSSAccessKeyId')) return readQueryV1(request)
  return null
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
