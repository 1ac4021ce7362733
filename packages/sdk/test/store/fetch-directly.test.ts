import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { noRetry } from 'osscrypt'
import { BrokerDataKeyProvider, OssEncryptionClient, PresignedStore, signByBroker } from 'osscrypt/oss'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { UploadBody } from '../../src/store/object-store.js'
import { rejection } from '../support/rejection.js'

const broker = (url: string, fetch?: typeof globalThis.fetch) => ({
  url,
  ...(fetch && { fetch }),
  headers: { origin: 'https://app.example.com' },
})
const headOf = (store: PresignedStore) => store.head('name', {})
const signed = (url: string, fetch?: typeof globalThis.fetch) => new PresignedStore({ sign: () => ({ url }), fetch })

/** Whoever sends requests over `fetch`, as it is reached at a URL. */
const askers: Readonly<Record<string, (url: string, fetch?: typeof globalThis.fetch) => Promise<unknown>>> = {
  'a PresignedStore': (url, fetch) => headOf(signed(url, fetch)),
  'a broker that signs': (url, fetch) => headOf(new PresignedStore({ sign: signByBroker(broker(url, fetch)) })),
  'a broker that gives keys': (url, fetch) =>
    new OssEncryptionClient({
      store: signed(url, fetch),
      dataKeys: new BrokerDataKeyProvider(broker(url, fetch)),
      retry: noRetry,
    }).put('name', new Uint8Array(3)),
}

describe.each(Object.entries(askers))('%s', (_name, ask) => {
  test.each([301, 302, 303, 307, 308])('follows no redirect: %i', async (status) => {
    const asked: (string | undefined)[] = []
    const server = createServer((request, response) => {
      asked.push(request.url)
      response.writeHead(status, { location: '/elsewhere' }).end('moved')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/here`
      expect(await rejection(ask(url))).toMatchObject({ name: 'ServiceError', code: 'Unreachable' })
    } finally {
      server.close()
      server.closeAllConnections()
    }
    expect(asked).toEqual(['/here'])
  })

  test('does not take for an answer what browsers show of a redirect', async () => {
    const redirect = { type: 'opaqueredirect', status: 0, headers: new Headers(), body: null } as Response
    const error = await rejection(ask('http://127.0.0.1/', () => Promise.resolve(redirect)))
    expect(error).toMatchObject({ name: 'ServiceError', code: 'Unreachable' })
  })
})

describe('where fetch is that of workers', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  /** What workerd says: of newer versions, and of older ones, in which requests have no `cache`. */
  const refusing = (knowsCache: boolean) => (settings: RequestInit & { readonly cache?: string }) => {
    if (settings.redirect === 'error') throw new TypeError('Invalid redirect value')
    if (!('cache' in settings)) return
    if (!knowsCache) throw new Error("The 'cache' field on 'RequestInitializerDict' is not implemented.")
    if (settings.cache !== 'no-store') throw new TypeError('Unsupported cache mode')
  }

  describe.each([true, false])('and requests have a cache: %s', (knowsCache) => {
    test.each(['GET', 'HEAD', 'PUT', 'POST'] as const)('%s is sent', async (method) => {
      if (!knowsCache) vi.stubGlobal('Request', { prototype: {} })
      const sent: RequestInit[] = []
      const fetch = (_url: unknown, settings: RequestInit = {}) => {
        refusing(knowsCache)(settings)
        sent.push(settings)
        return Promise.resolve(new Response(null, { headers: { etag: '"1"' } }))
      }
      const store = signed('http://127.0.0.1/', fetch)
      const bytes = new Uint8Array(1)
      const body: UploadBody & { readonly length: number } = {
        length: 1,
        rereadable: true,
        bytes,
        open: async function* () {
          yield bytes
        },
      }
      const calls = {
        GET: () => store.get('name', {}),
        HEAD: () => store.head('name', {}),
        PUT: () => store.put('name', body, {}),
        POST: () => rejection(askers['a broker that signs']!('http://127.0.0.1/', fetch)),
      }
      await calls[method]()
      expect(sent.map((settings) => settings.method)).toEqual([method])
    })
  })
})
