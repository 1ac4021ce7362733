import { createHash, createHmac } from 'node:crypto'
import { rpcError } from '../rpc-error.js'
import type { RpcRequest } from '../rpc-request.js'
import { canonicalQuery } from './percent-encoding.js'
import { type SignatureClaim, signatureMismatch } from './signature-claim.js'

const algorithm = 'ACS3-HMAC-SHA256'

/** A signature that does not cover these says nothing about the request. */
const alwaysSigned = [
  'host',
  'x-acs-action',
  'x-acs-version',
  'x-acs-date',
  'x-acs-signature-nonce',
  'x-acs-content-sha256',
]

/**
 * Reads a signature of version 3, from the header Authorization.
 *
 * @throws {RpcError} `IncompleteSignature` when a part is missing, ill-formed or not covered.
 */
export function readAcs3(request: RpcRequest, authorization: string): SignatureClaim {
  const fields =
    /^ACS3-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([a-z0-9;-]+),\s*Signature=([0-9a-f]{64})$/.exec(
      authorization,
    )
  const [, accessKeyId = '', signedHeaders = '', signature = ''] = fields ?? []
  const names = signedHeaders.split(';')
  const header = (name: string): string | undefined => request.headers.get(name)?.[0]
  const timestamp = header('x-acs-date')
  const nonce = header('x-acs-signature-nonce')
  const bodyHash = header('x-acs-content-sha256')
  const covered = alwaysSigned.every((name) => names.includes(name)) && isSortedSet(names)
  const acsHeaders = [...request.headers.keys()].filter((name) => name.startsWith('x-acs-'))
  if (fields === null || !covered || !acsHeaders.every((name) => names.includes(name)))
    throw rpcError('IncompleteSignature')
  if (timestamp === undefined || nonce === undefined || nonce === '' || bodyHash === undefined)
    throw rpcError('IncompleteSignature')
  const canonicalHeaders = names.map((name) => `${name}:${headerValue(request, name)}\n`).join('')
  const sentHash = createHash('sha256').update(request.body).digest('hex')
  const lines = [request.method, '/', canonicalQuery(request.query), canonicalHeaders, signedHeaders, sentHash]
  const stringToSign = `${algorithm}\n${createHash('sha256').update(lines.join('\n')).digest('hex')}`
  // A body that is not the one of the header was changed on the way, whatever was signed.
  if (sentHash !== bodyHash.toLowerCase()) throw signatureMismatch(stringToSign)
  return {
    accessKeyId,
    securityToken: header('x-acs-security-token'),
    timestamp,
    nonce,
    signature,
    stringToSign,
    expectedSignature: (secret) => createHmac('sha256', secret).update(stringToSign).digest('hex'),
  }
}

function headerValue(request: RpcRequest, name: string): string {
  const values = request.headers.get(name)
  if (values === undefined) throw rpcError('IncompleteSignature')
  return values
    .map((value) => value.trim())
    .sort()
    .join(',')
}

function isSortedSet(names: readonly string[]): boolean {
  return names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name)
}
