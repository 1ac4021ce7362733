import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BrokerAuditRecord } from 'osscrypt/broker'
import { answerQuestion } from './api/answer-question.js'
import type { ConsoleCloud } from './console-cloud.js'
import { guardRequests } from './guard-request.js'
import { mountBrokers } from './mount-brokers.js'
import { PAGE_HEADERS } from './page-headers.js'
import { relayToOss } from './relay-to-oss.js'
import { servePage } from './serve-page.js'

/** What a console is started with. */
export interface ConsoleOptions {
  readonly cloud: ConsoleCloud
  /** On 127.0.0.1. Default: a free one. */
  readonly port?: number | undefined
  /** Told of every data key and every URL that the page asked for, and what became of it. */
  readonly audit?: ((bucket: string, record: BrokerAuditRecord) => void) | undefined
}

/** A console that runs in this process. */
export interface RunningConsole {
  /** The page's address with the token, which opens everything the credentials do. The token stands behind `#`: no server, log or `Referer` sees it. */
  readonly url: string
  /** The address without it. */
  readonly origin: string
  close(): Promise<void>
}

const BUCKET_PATH = /^\/(broker|oss)\/([a-z0-9][a-z0-9-]{1,61}[a-z0-9])(?:\/(.*))?$/s

/** Serves the page on 127.0.0.1, to whoever has the token that the URL holds. @throws Error when the port is taken. */
export async function startConsole({ cloud, port = 0, audit }: ConsoleOptions): Promise<RunningConsole> {
  const token = randomBytes(32).toString('base64url')
  // A part of an upload takes as long as the line to OSS is slow: what stands still is ended by the relay.
  const server = createServer({ requestTimeout: 0 })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`
  const origin = `http://${host}`
  const guard = guardRequests(host, token)
  const brokerOf = mountBrokers(cloud, origin, (bucket, record) => audit?.(bucket, record))

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { url = '/', method } = request
    if (!guard.isOwn(request)) {
      refuse(response, 403)
      return
    }
    const [, area, bucket = '', target = ''] = BUCKET_PATH.exec(url) ?? []
    const question = /^\/api\/(\w+)$/.exec(url)?.[1]
    if (area === undefined && question === undefined && !url.startsWith('/api/')) {
      if (method === 'GET' || method === 'HEAD') await servePage(url.split('?')[0] ?? '/', response)
      else refuse(response, 405)
      return
    }
    if (!guard.hasToken(request)) {
      refuse(response, 401)
      return
    }
    if (area === 'oss') await relayToOss(cloud.bucketUrl(bucket), target, request, response)
    else if (method !== 'POST') refuse(response, 405)
    else if (area === 'broker') brokerOf(bucket)(request, response)
    else await answerQuestion(cloud, question ?? '', request, response)
  }
  server.on('request', (request, response) => {
    answer(request, response).catch(() => {
      if (response.headersSent) response.destroy()
      else refuse(response, 500)
    })
  })
  return {
    url: `${origin}/#${token}`,
    origin,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, PAGE_HEADERS).end()
}
