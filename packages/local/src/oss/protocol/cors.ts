import { OssError } from './error/oss-error.js'
import type { CorsRule, CorsSettings } from './facts.js'

type Headers = Record<string, string>

/** What a browser asks before a request that it would not send unasked. */
interface Preflight {
  readonly origin: string
  readonly method: string
  /** In lower case. */
  readonly headers: readonly string[]
}

/** The headers that let a browser's page see an answer; none when no rule allows it, and then the browser hides it. */
export function corsHeaders(cors: CorsSettings, origin: string, method: string): Headers {
  const rule = findRule(cors, { origin, method, headers: [] })
  return { ...varyHeader(cors), ...(rule !== undefined && ruleHeaders(rule, origin)) }
}

/**
 * The headers of the answer to a preflight request.
 *
 * @throws `OssError` AccessForbidden when no rule allows what is asked.
 */
export function preflightHeaders(cors: CorsSettings | undefined, requestHeaders: ReadonlyMap<string, string>): Headers {
  const origin = requestHeaders.get('origin') ?? ''
  const method = requestHeaders.get('access-control-request-method') ?? ''
  if (origin === '' || method === '') {
    throw new OssError('AccessForbidden', { message: 'CORSResponse: the origin or the method is missing.' })
  }
  if (cors === undefined) {
    throw new OssError('AccessForbidden', { message: 'CORSResponse: CORS is not enabled for this bucket.' })
  }
  const asked = requestHeaders.get('access-control-request-headers') ?? ''
  const headers = asked
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
  const rule = findRule(cors, { origin, method, headers })
  if (rule === undefined) {
    throw new OssError('AccessForbidden', {
      message: 'CORSResponse: This CORS request is not allowed. No rule allows its origin, method and headers.',
    })
  }
  return {
    ...varyHeader(cors),
    ...ruleHeaders(rule, origin),
    'access-control-allow-methods': method,
    ...(headers.length > 0 && { 'access-control-allow-headers': headers.join(', ') }),
  }
}

/** The first that matches is meant, whatever those behind it say. */
function findRule({ rules }: CorsSettings, { origin, method, headers }: Preflight): CorsRule | undefined {
  return rules.find(
    (rule) =>
      rule.origins.some((pattern) => matches(pattern, origin)) &&
      rule.methods.includes(method) &&
      headers.every((name) => rule.headers.some((pattern) => matches(pattern.toLowerCase(), name))),
  )
}

/** A pattern has one `*` at most, which stands for anything. */
function matches(pattern: string, text: string): boolean {
  const at = pattern.indexOf('*')
  if (at < 0) return pattern === text
  const [start, end] = [pattern.slice(0, at), pattern.slice(at + 1)]
  return text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end)
}

function ruleHeaders(rule: CorsRule, origin: string): Headers {
  return {
    'access-control-allow-origin': rule.origins.includes('*') ? '*' : origin,
    'access-control-allow-methods': rule.methods.join(', '),
    ...(rule.exposeHeaders.length > 0 && { 'access-control-expose-headers': rule.exposeHeaders.join(', ') }),
    ...(rule.maxAgeSeconds !== undefined && { 'access-control-max-age': String(rule.maxAgeSeconds) }),
  }
}

function varyHeader({ responseVary }: CorsSettings): Headers {
  return responseVary ? { vary: 'Origin' } : {}
}
