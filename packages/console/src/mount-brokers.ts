import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { createBroker, type BrokerAuditRecord } from 'osscrypt/broker'
import type { ConsoleCloud } from './console-cloud.js'
import { PAGE_HEADERS } from './page-headers.js'

/** More than a page asks in a minute that uploads many small files: the console has one user, who has shown the token. */
const REQUESTS_PER_MINUTE = 60_000

/** Answers what the page asks the broker of a bucket. */
export type AnswerBroker = (bucket: string, request: IncomingMessage, response: ServerResponse) => Promise<void>

/** One broker for each bucket, made when it is asked first. @param origin The page's. */
export function mountBrokers(
  cloud: ConsoleCloud,
  origin: string,
  audit: (bucket: string, record: BrokerAuditRecord) => void,
): AnswerBroker {
  const brokers = new Map<string, ReturnType<typeof createBroker>>()
  const brokerOf = (bucket: string) => {
    const known = brokers.get(bucket)
    if (known) return known
    const broker = createBroker({
      dataKeys: cloud.dataKeys,
      bucket: { bucket, region: cloud.region, url: `${origin}/oss/${bucket}` },
      credentials: () => cloud.credentials(),
      origins: [origin],
      // Whoever has the token is the user whose credentials these are.
      authorize: () => ({ user: 'console' }),
      audit: (record) => audit(bucket, record),
      requestsPerMinute: REQUESTS_PER_MINUTE,
    })
    brokers.set(bucket, broker)
    return broker
  }
  return async (bucket, request, response) => {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const answer = await brokerOf(bucket)(toWebRequest(request, origin, gone.signal))
    response.writeHead(answer.status, { ...PAGE_HEADERS, 'content-type': 'application/json' })
    response.end(await answer.text())
  }
}

function toWebRequest(request: IncomingMessage, origin: string, signal: AbortSignal): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) if (typeof value === 'string') headers.set(name, value)
  const { method = 'GET' } = request
  const body = method === 'POST' ? { body: Readable.toWeb(request) as ReadableStream, duplex: 'half' as const } : {}
  return new Request(`${origin}/`, { method, headers, signal, ...body })
}
