import { ABSENT_ROUTES } from './absent-routes.js'
import { OssError } from './error/oss-error.js'
import type { Target } from './request/target.js'
import type { RequestPattern, Resource, Route } from './route.js'
import { ROUTES } from './routes.js'

/** What may be there with every operation: a signature, which is checked elsewhere, and who pays, which is nothing here. */
const COMMON_PARAMETERS = new Set([
  'x-oss-request-payer',
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
const UNKNOWN_HEADERS = ['x-oss-server-side-encryption-customer-algorithm']

/** The routes of each method and resource. */
const routesOf = new Map<string, Route[]>()
for (const route of ROUTES) {
  const name = `${route.method} ${route.resource}`
  routesOf.set(name, [...(routesOf.get(name) ?? []), route])
}

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
  const fits = (pattern: RequestPattern): boolean => isMeant(pattern, request)
  const found = mostSpecific((routesOf.get(`${method} ${resource}`) ?? []).filter(fits))
  const stranger = found === undefined ? undefined : firstStranger(found, query)
  const unknown = found?.optional.includes('callback') ? UNKNOWN_HEADERS : [...UNKNOWN_HEADERS, 'x-oss-callback']
  const header = unknown.find((name) => headers.has(name))
  if (found !== undefined && stranger === undefined && header === undefined) return found
  const absent = mostSpecific(
    ABSENT_ROUTES.filter((absent) => absent.method === method && absent.resource === resource && fits(absent)),
  )
  if (absent !== undefined) throw notImplemented(absent.name, { Operation: absent.name })
  if (stranger !== undefined) throw notImplemented(`${stranger} (${found?.name ?? ''})`, { Query: stranger })
  if (header !== undefined) throw notImplemented(header, { Header: header })
  throw new OssError('MethodNotAllowed', { elements: { Method: method } })
}

/** The first of those that say most about the request. */
function mostSpecific<Pattern extends RequestPattern>(patterns: readonly Pattern[]): Pattern | undefined {
  const weight = ({ parameters, header }: RequestPattern): number => parameters.length + (header === undefined ? 0 : 1)
  return patterns.reduce<Pattern | undefined>(
    (best, pattern) => (best === undefined || weight(pattern) > weight(best) ? pattern : best),
    undefined,
  )
}

/** Whether a request with the pattern's method and resource means it. */
function isMeant({ parameters, header }: RequestPattern, request: RoutedRequest): boolean {
  return (
    (header === undefined || request.headers.has(header)) &&
    parameters.every(({ name, value }) =>
      value === undefined ? request.query.has(name) : request.query.get(name) === value,
    )
  )
}

function firstStranger({ parameters, optional }: Route, query: ReadonlyMap<string, string>): string | undefined {
  if (query.size === 0 || optional.includes('*')) return undefined
  const known = new Set([...COMMON_PARAMETERS, ...optional, ...parameters.map(({ name }) => name)])
  return [...query.keys()].find((given) => !known.has(given))
}

function notImplemented(what: string, elements: Record<string, string>): OssError {
  return new OssError('NotImplemented', {
    message: `A header or query you provided implies functionality that is not implemented: ${what}.`,
    elements,
  })
}
