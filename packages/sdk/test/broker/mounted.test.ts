import { once } from 'node:events'
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { serve, type ServerType } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { BrokerDataKeyProvider, OssEncryptionClient, PresignedStore, signByBroker } from 'osscrypt/oss'
import { toNodeHandler } from 'osscrypt/broker/node'
import { afterEach, describe, expect, test } from 'vitest'
import { signQuestion, useBroker, ORIGIN, type Handler } from '../support/broker-fixture.js'
import { fastRetry, useCloud } from '../support/cloud-fixture.js'

const cloud = useCloud()
const { broker, records } = useBroker(cloud)
const open: (() => unknown)[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()))
})

async function listening(server: Server | ServerType): Promise<string> {
  if (!server.listening) await once(server, 'listening')
  open.push(() => new Promise((resolve) => server.close(resolve)))
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/osscrypt`
}

const underHttp = async (listener: RequestListener) => listening(createServer(listener).listen(0, '127.0.0.1'))

/** Each of docs/BROKER.md, "Mounting". */
const mounts: Record<string, (handler: Handler) => Promise<string>> = {
  "Node's http": (handler) => underHttp(toNodeHandler(handler)),
  Hono: (handler) => {
    const app = new Hono()
    app.all('/osscrypt', (context) => handler(context.req.raw))
    return listening(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }))
  },
  Express: (handler) => {
    const app = express()
    app.all('/osscrypt', toNodeHandler(handler))
    return underHttp(app)
  },
  'Express, behind a parser of JSON': (handler) => {
    const app = express()
    app.use(express.json())
    app.all('/osscrypt', toNodeHandler(handler))
    return underHttp(app)
  },
  Fastify: async (handler) => {
    const app = Fastify()
    const handle = toNodeHandler(handler)
    await app.register((scope, _options, done) => {
      scope.removeAllContentTypeParsers()
      scope.addContentTypeParser('*', (_request, _payload, parsed) => {
        parsed(null)
      })
      scope.all('/osscrypt', (request, reply) => {
        reply.hijack()
        handle(request.raw, reply.raw)
      })
      done()
    })
    open.push(() => app.close())
    return `${await app.listen({ port: 0, host: '127.0.0.1' })}/osscrypt`
  },
}

const headers = {
  origin: ORIGIN,
  authorization: 'anna',
  'content-type': 'application/json',
  'x-osscrypt-broker': '1',
}

describe.each(Object.entries(mounts))('under %s', (_, mount) => {
  test('a page writes and reads', async () => {
    const reach = { url: await mount(broker()), headers: { authorization: 'anna', origin: ORIGIN } }
    const client = new OssEncryptionClient({
      store: new PresignedStore({ sign: signByBroker(reach) }),
      dataKeys: new BrokerDataKeyProvider(reach),
      retry: fastRetry,
      multipartThreshold: 300_000,
    })
    const plaintext = Buffer.alloc(500_000, 'hello')
    const encryptionContext = { tenant: 'anna', 10: 'b', 9: 'a' }
    await expect(client.put('anna/a', plaintext, { encryptionContext })).rejects.toMatchObject({ code: 'AccessDenied' })
    const settings = { encryptionContext: { tenant: 'anna' }, partLength: 200_000 }
    await client.put('anna/a', plaintext, { format: 'floe', ...settings })
    expect(Buffer.from((await client.get('anna/a')).content).equals(plaintext)).toBe(true)
    expect(records.slice(1).every(({ status }) => status === 200)).toBe(true)
  })

  test('refusals and preflights arrive', async () => {
    const url = await mount(broker())
    const put = (more: RequestInit) =>
      fetch(url, { method: 'POST', headers, body: JSON.stringify(signQuestion()), ...more })
    expect((await put({})).status).toBe(200)
    expect((await put({ headers: { ...headers, origin: 'https://evil.example' } })).status).toBe(403)
    expect((await put({ headers: { ...headers, authorization: 'bert' } })).status).toBe(403)
    const preflight = await fetch(url, { method: 'OPTIONS', headers })
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, ORIGIN])
    expect((await fetch(url, { headers })).status).toBe(405)
  })
})

describe("under Node's http", () => {
  test('a question that is too long is refused, and what is left of it not taken in', async () => {
    const url = await mounts["Node's http"]?.(broker())
    const sending = httpRequest(String(url), { method: 'POST', headers })
    sending.on('error', () => undefined)
    sending.write(Buffer.alloc(80 * 1024, ' '))
    const [answer] = (await once(sending, 'response')) as [IncomingMessage]
    expect(answer.statusCode).toBe(400)
    expect(answer.headers.connection).toBe('close')
    sending.destroy()
  })

  test('a page that hangs up ends its question', async () => {
    let ended: (() => void) | undefined
    const end = new Promise<void>((resolve) => (ended = resolve))
    const handler: Handler = (request) =>
      new Promise((resolve) => {
        request.signal.addEventListener('abort', () => {
          ended?.()
          resolve(new Response(null))
        })
        gone.abort()
      })
    const gone = new AbortController()
    const url = await underHttp(toNodeHandler(handler))
    await expect(fetch(url, { method: 'POST', body: '{}', signal: gone.signal })).rejects.toThrow()
    await end
  })

  test('a handler that throws is answered for', async () => {
    const handler = () => Promise.reject(new Error('secret'))
    const url = await underHttp(toNodeHandler(handler))
    const answer = await fetch(url, { method: 'POST', body: '{}' })
    expect([answer.status, await answer.text()]).toEqual([500, ''])
  })

  test('by HTTP/2, too', async () => {
    const server = http2.createServer(toNodeHandler(broker()) as never).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const session = http2.connect(`http://127.0.0.1:${String(port)}`)
    const stream = session.request({ ':method': 'POST', ':path': '/osscrypt', ...headers })
    const answered = once(stream, 'response') as Promise<[http2.IncomingHttpHeaders & { ':status'?: number }]>
    stream.end(JSON.stringify(signQuestion()))
    expect(await text(stream)).toContain('"url"')
    expect((await answered)[0][':status']).toBe(200)
    session.close()
    server.close()
  })

  test('what no web request can be is refused', async () => {
    let asked = 0
    const handler: Handler = () => {
      asked += 1
      return Promise.resolve(new Response('ok'))
    }
    const url = new URL(await underHttp(toNodeHandler(handler)))
    for (const [method, path] of [
      ['TRACE', '/osscrypt'],
      ['POST', '//['],
    ]) {
      const sending = httpRequest({
        port: url.port,
        host: '127.0.0.1',
        path: String(path),
        method: String(method),
      }).end()
      const [answer] = (await once(sending, 'response')) as [IncomingMessage]
      answer.resume()
      expect(answer.statusCode).toBe(400)
    }
    expect(asked).toBe(0)
  })

  test.each(['///evil.example/x', 'http://evil.example/x'])(
    'the address says nothing of who asks: %j',
    async (path) => {
      let seen: URL | undefined
      const handler: Handler = (request) => {
        seen = new URL(request.url)
        return Promise.resolve(new Response('ok'))
      }
      const url = new URL(await underHttp(toNodeHandler(handler)))
      const sending = httpRequest({ port: url.port, host: '127.0.0.1', path, method: 'GET' }).end()
      const [answer] = (await once(sending, 'response')) as [IncomingMessage]
      answer.resume()
      expect(answer.statusCode).toBe(200)
      expect(seen?.host).toBe(url.host)
    },
  )
})
