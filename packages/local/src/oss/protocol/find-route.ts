import { ABSENT_ROUTES } from './absent-routes.js'
import { OssError } from './error/oss-error.js'
import type { Target } from './request/target.js'
import type { RequestPattern, Resource, Route } from './route.js'
import { ROUTES } from './routes.js'

/** What carries a signature may be there with every operation; the signature's own check reads it. */
const SIGNATURE_PARAMETERS = new Set([
  'OSSAccessKeyId',
  'Expires',
  'Signature',
  'security-token',
  'x-oss-additional-headers',
  'x-oss-credential',
  'x-oss-date',
  'x-oss-expires',
  'x-oss-security-token',
  'x-oss-signature',
  'x-oss-signature-version',
])

/** Headers that give a request another meaning, one that no operation here knows. */
const UNKNOWN_HEADERS = ['x-oss-callback', 'x-oss-server-side-encryption-customer-algorithm']

interface RoutedRequest {
  readonly method: string
  readonly query: ReadonlyMap<string, string>
  readonly headers: ReadonlyMap<string, string>
}

/**
 * The operation that a request means. A parameter that the operation does not name would give the request a meaning that is not
 * known here: it is refused rather than passed over.
 *
 * @throws `OssError` NotImplemented, which names the operation or the parameter; MethodNotAllowed when OSS has no such operation.
 */
export function findRoute(request: RoutedRequest, { bucketName, key }: Target): Route {
  const { method, query, headers } = request
  const resource: Resource = bucketName === '' ? 'service' : key === '' ? 'bucket' : 'object'
  const fits = (pattern: RequestPattern): boolean => pattern.resource === resource && isMeant(pattern, request)
  const found = ROUTES.find(fits)
  const stranger = found === undefined ? undefined : firstStranger(found, query)
  const header = UNKNOWN_HEADERS.find((name) => headers.has(name))
  if (found !== undefined && stranger === undefined && header === undefined) return found
  const [absent] = ABSENT_ROUTES.filter(fits).sort((a, b) => b.parameters.length - a.parameters.length)
  if (absent !== undefined) throw notImplemented(absent.name, { Operation: absent.name })
  if (stranger !== undefined) throw notImplemented(`${stranger} (${found?.name ?? ''})`, { Query: stranger })
  if (header !== undefined) throw notImplemented(header, { Header: header })
  throw new OssError('MethodNotAllowed', { elements: { Method: method } })
}

function isMeant({ method, parameters, header }: RequestPattern, request: RoutedRequest): boolean {
  return (
    method === request.method &&
    (header === undefined || request.headers.has(header)) &&
    parameters.every(({ name, value }) =>
      value === undefined ? request.query.has(name) : request.query.get(name) === value,
    )
  )
}

function firstStranger({ parameters, optional }: Route, query: ReadonlyMap<string, string>): string | undefined {
  return [...query.keys()].find(
    (given) =>
      !SIGNATURE_PARAMETERS.has(given) && !optional.includes(given) && !parameters.some(({ name }) => name === given),
  )
}

function notImplemented(what: string, elements: Record<string, string>): OssError {
  return new OssError('NotImplemented', {
    message: `A header or query you provided implies functionality that is not implemented: ${what}.`,
    elements,
  })
}
