import type { OssFailure } from '../store-error.js'

/** Certificates that are not trusted, and what two ends of TLS cannot agree on: no attempt changes that. */
const tlsCodes =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|ERR_TLS_CERT|EPROTO$|ERR_SSL_(WRONG_VERSION|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS|PACKET_LENGTH|HTTP_REQUEST|\w*(HANDSHAKE_FAILURE|UNKNOWN_CA|CERTIFICATE|PROTOCOL_VERSION|UNRECOGNIZED_NAME)))/

/** What Node and undici refuse before they open a connection. */
const localCodes =
  /^(ERR_(INVALID|HTTP_INVALID|HTTP_HEADERS|UNESCAPED|OUT_OF_RANGE|MISSING_ARGS|METHOD)\w*|UND_ERR_INVALID_ARG)$/

/**
 * What an HTTP client failed with when there was no answer.
 *
 * @returns TypeError for a request that it did not even send. The error's own text is left behind: it may hold URLs with signatures.
 */
export function describeNetworkFailure(operation: string, error: unknown): OssFailure | TypeError {
  const code = codeOf(error)
  const { name, message } = error as { name?: unknown; message?: unknown }
  if (code !== undefined && localCodes.test(code)) {
    const [, header] = /\["([\w-]{1,100})"\]/.exec(String(message)) ?? []
    return new TypeError(`${operation} cannot be sent${header === undefined ? '' : `: header ${header}`} (${code})`)
  }
  if (code !== undefined && tlsCodes.test(code))
    return { reason: `there is no TLS connection: ${code}`, passing: false }
  if (code?.startsWith('HPE_')) return { reason: `what came is no HTTP: ${code}` }
  if (String(name).includes('Timeout')) return { reason: 'no answer in time' }
  return { reason: code ?? /\bE[A-Z]{4,20}\b/.exec(String(message))?.[0] }
}

/** The code of an error, or of what it was caused by. */
function codeOf(error: unknown): string | undefined {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: { code?: unknown } }
  return [code, cause?.code].find(
    (each): each is string => typeof each === 'string' && /^[A-Z][A-Z\d_]{2,63}$/.test(each),
  )
}
