import { inspect } from 'node:util'
import { KmsDataKeyProvider, OpenApiKmsClient, type OpenApiKmsClientOptions } from 'osscrypt'
import { startLocalCloud, type LocalCloud } from 'osscrypt-local'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { chooseProxyBy } from '../../src/kms/forward-proxy.js'
import { startConnectProxy } from '../support/connect-proxy.js'
import { rejection, within } from '../support/rejection.js'

const proxy = await startConnectProxy()
let cloud: LocalCloud
let keyId: string
let instanceAddress: string
beforeAll(async () => {
  cloud = await startLocalCloud({ instance: true })
  keyId = await cloud.createKey({ instanceId: cloud.instance!.id })
  instanceAddress = new URL(cloud.instance!.endpoint).host
})
afterAll(() => cloud.close())
beforeEach(() => {
  proxy.tunnels.length = 0
  proxy.status = 200
  for (const name of ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy']) vi.stubEnv(name, undefined)
  return () => vi.unstubAllEnvs()
})

const clientWith = (options: OpenApiKmsClientOptions) =>
  new OpenApiKmsClient({ credentials: cloud.credentials, timeoutMs: 1000, ...options })

/** Asks the KMS instance, over TLS. */
const generate = (client: OpenApiKmsClient, signal?: AbortSignal) => {
  const { id, endpoint, ca } = cloud.instance!
  const place = { region: cloud.region, instance: { id, endpoint, ca } }
  return client.generateDataKey(
    { ...place, keyId, length: { keySpec: 'AES_256' }, encryptionContext: { a: '1' } },
    { signal },
  )
}

describe('TLS to KMS goes through the proxy', () => {
  test('that is given; the tunnel serves the next requests, too', async () => {
    const client = clientWith({ httpsProxy: proxy.url })
    for (let count = 0; count < 3; count += 1) expect((await generate(client)).plaintext).toHaveLength(32)
    expect(proxy.tunnels.map(({ target }) => target)).toEqual([instanceAddress])
  })

  test('whose password is told to nobody else', async () => {
    await generate(clientWith({ httpsProxy: proxy.url.replace('//', '//us%3Aer:pa%40ss@') }))
    const [tunnel] = proxy.tunnels
    expect(tunnel?.headers['proxy-authorization']).toBe(`Basic ${Buffer.from('us:er:pa@ss').toString('base64')}`)
    expect(cloud.requests.at(-1)).toMatchObject({ operation: 'GenerateDataKey' })
    proxy.status = 407
    const refused = clientWith({ httpsProxy: proxy.url.replace('//', '//us%3Aer:pa%40ss@') })
    expect(inspect(await rejection(generate(refused)), { depth: 9, showHidden: true })).not.toMatch(/pa(%40|@)ss|Basic/)
  })

  test.each(['HTTPS_PROXY', 'https_proxy'])('that the environment names: %s', async (name) => {
    vi.stubEnv(name, proxy.url.replace('http://', ''))
    await generate(clientWith({}))
    expect(proxy.tunnels).toHaveLength(1)
  })

  test('of a data key provider', async () => {
    const { id, endpoint, ca } = cloud.instance!
    const provider = new KmsDataKeyProvider(keyId, {
      credentials: cloud.credentials,
      instances: { [keyId]: { id, endpoint, ca } },
      httpsProxy: proxy.url,
    })
    const algorithm = { keySpec: 'AES_256', keyLength: 32 } as never
    await provider.generateDataKey({ algorithm, encryptionContext: {} })
    expect(proxy.tunnels.map(({ target }) => target)).toEqual([instanceAddress])
  })
})

describe('no proxy is gone through', () => {
  test('when there is none', async () => {
    await generate(clientWith({}))
  })

  test('when it is switched off', async () => {
    vi.stubEnv('HTTPS_PROXY', proxy.url)
    await generate(clientWith({ httpsProxy: false }))
  })

  test('to a host that NO_PROXY excepts', async () => {
    vi.stubEnv('HTTPS_PROXY', proxy.url)
    vi.stubEnv('NO_PROXY', 'example.com, 127.0.0.1')
    await generate(clientWith({}))
  })

  test('to this machine in plain http', async () => {
    const shared = await cloud.createKey()
    const client = clientWith({ httpsProxy: proxy.url, endpoint: cloud.kms.endpoint })
    await client.generateDataKey({
      region: cloud.region,
      keyId: shared,
      length: { keySpec: 'AES_256' },
      encryptionContext: {},
    })
  })

  beforeEach(() => () => expect(proxy.tunnels).toEqual([]))
})

describe('when it does not work, the error says that it is the proxy', () => {
  test.each([
    [407, false],
    [403, false],
    [502, true],
  ])('HTTP %d, retryable: %s', async (status, retryable) => {
    proxy.status = status
    const error = await rejection(generate(clientWith({ httpsProxy: proxy.url })))
    expect(error).toMatchObject({ code: 'Unreachable', retryable })
    expect(error.message).toContain(`the proxy answered CONNECT with HTTP ${status}`)
  })

  test('nobody there', async () => {
    const error = await rejection(generate(clientWith({ httpsProxy: 'http://127.0.0.1:1' })))
    expect(error).toMatchObject({ code: 'Unreachable', retryable: true })
    expect(error.message).toContain('the proxy cannot be reached: ECONNREFUSED')
  })

  test('no answer', async () => {
    proxy.status = undefined
    const error = await within(5000, rejection(generate(clientWith({ httpsProxy: proxy.url, timeoutMs: 300 }))))
    expect(error).toMatchObject({ code: 'Unreachable', retryable: true })
  })

  test('an abort does not wait for it', async () => {
    proxy.status = undefined
    const controller = new AbortController()
    const generating = rejection(generate(clientWith({ httpsProxy: proxy.url }), controller.signal))
    setTimeout(() => controller.abort('stop'), 50)
    expect(await within(500, generating)).toBe('stop')
  })

  test('a certificate that is not trusted is told, and not asked for again', async () => {
    const { id, endpoint } = cloud.instance!
    for (const httpsProxy of [proxy.url, false] as const) {
      const client = clientWith({ httpsProxy })
      const place = { region: cloud.region, instance: { id, endpoint } }
      const error = await rejection(client.describeKey({ ...place, keyId }))
      expect(error).toMatchObject({ code: 'Unreachable', retryable: false })
      expect(error.message).toMatch(/its certificate is not trusted: [A-Z_]+$/)
    }
  })
})

describe('which proxy', () => {
  const environment = (https_proxy: string, no_proxy?: string) => chooseProxyBy({}, { https_proxy, no_proxy })

  test.each([
    ['kms.cn-hangzhou.aliyuncs.com', false],
    ['kms.cn-hangzhou.aliyuncs.com:443', false],
    ['kms.cn-hangzhou.aliyuncs.com:80', true],
    ['aliyuncs.com', false],
    ['.aliyuncs.com', false],
    ['*.aliyuncs.com', false],
    ['ALIYUNCS.COM', false],
    ['*', false],
    ['a.example b.example,aliyuncs.com', false],
    ['yuncs.com', true],
    ['hangzhou.aliyuncs.com.example', true],
    ['.', true],
    ['', true],
  ])('NO_PROXY=%j: through it %s', (exceptions, through) => {
    const choose = environment('http://proxy.example:3128', exceptions)
    expect(choose('kms.cn-hangzhou.aliyuncs.com', 443)?.host).toBe(through ? 'proxy.example:3128' : undefined)
  })

  test.each([
    'https://user:canary@proxy.example',
    'socks5://user:canary@proxy.example',
    'http://user:canary@',
    'http://user:canary@proxy.example/path',
    'canary proxy',
    7 as never,
  ])('%j is none: TypeError, when the client is made', (httpsProxy) => {
    expect(() => clientWith({ httpsProxy })).toThrow(TypeError)
    expect(() => clientWith({ httpsProxy })).not.toThrow(/canary/)
    if (typeof httpsProxy !== 'string') return
    vi.stubEnv('HTTPS_PROXY', httpsProxy)
    expect(() => clientWith({})).toThrow('HTTPS_PROXY is not the URL of a proxy')
  })

  test.each([0, -1, NaN, 2 ** 31, '5000' as never, null as never])('%j is no time limit', (timeoutMs) => {
    expect(() => clientWith({ timeoutMs })).toThrow(RangeError)
  })

  test('no time limit', async () => {
    expect((await generate(clientWith({ timeoutMs: Infinity, httpsProxy: proxy.url }))).plaintext).toHaveLength(32)
  })
})
