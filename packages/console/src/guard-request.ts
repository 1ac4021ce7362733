import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Who may ask this server, and from where. */
export interface RequestGuard {
  /** Whether a request came by the console's own address, and from its own page or from no page. */
  isOwn(request: IncomingMessage): boolean
  /** Whether it shows the token, too. */
  hasToken(request: IncomingMessage): boolean
}

/**
 * Another site's page can send requests to 127.0.0.1, and, when it has its own name lead there (DNS rebinding), read the answers: what it cannot do is
 * name the console's host and origin, or know the token.
 *
 * @param host As browsers send it: `127.0.0.1:PORT`.
 */
export function guardRequests(host: string, token: string): RequestGuard {
  const origin = `http://${host}`
  const expected = digest(`Bearer ${token}`)
  return {
    isOwn: ({ headers }) =>
      headers.host === host &&
      (headers.origin ?? origin) === origin &&
      ['same-origin', 'none', undefined].includes(headers['sec-fetch-site']),
    hasToken: ({ headers }) => timingSafeEqual(digest(headers.authorization ?? ''), expected),
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
