import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import OSS from 'ali-oss'
import { KmsDataKeyProvider } from 'osscrypt'
import { createBroker, type BrokerAuditRecord } from 'osscrypt/broker'
import { toNodeHandler } from 'osscrypt/broker/node'
import { startLocalCloud, type LocalCloud } from 'osscrypt-local'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BUCKET } from '../support/cloud-fixture.js'
import { signV1, urlOf } from '../support/sign-oss.js'

const page = fileURLToPath(new URL('page.mjs', import.meta.url))
const built = fileURLToPath(new URL('../../dist/oss.js', import.meta.url))
const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)

/** What a page has to see of answers: OSS takes no `*` here. */
const EXPOSED = [
  'ETag',
  'Content-Length',
  'Content-Range',
  'Last-Modified',
  'x-oss-request-id',
  'x-oss-hash-crc64ecma',
  'x-oss-version-id',
  'x-oss-storage-class',
  'x-oss-meta-x-oss-meta-header',
  'x-oss-meta-x-oss-meta-iv',
  'x-oss-meta-x-oss-meta-authtag',
  'x-oss-meta-colour',
]

if (!chromium) console.warn('There is no Chromium here: the library is not tested in a browser.')

describe.skipIf(!chromium || !existsSync(built))('in Chromium', { timeout: 120_000 }, () => {
  let cloud: LocalCloud
  let folder: string
  let server: Server
  let brokerServer: Server
  let records: BrokerAuditRecord[]
  let results: Record<string, string>

  beforeAll(async () => {
    cloud = await startLocalCloud({ buckets: [BUCKET] })
    await new OSS(cloud.ossOptions(BUCKET)).putBucketCORS(BUCKET, [
      {
        allowedOrigin: '*',
        allowedMethod: ['GET', 'PUT', 'POST', 'DELETE', 'HEAD'],
        allowedHeader: '*',
        exposeHeader: EXPOSED,
      },
    ])
    folder = await mkdtemp(join(tmpdir(), 'osscrypt-sdk-test-'))
    await build({
      configFile: false,
      logLevel: 'warn',
      build: {
        outDir: join(folder, 'page'),
        lib: { entry: page, formats: ['es'], fileName: 'page' },
        target: 'esnext',
        minify: false,
      },
    })
    let report: (results: Record<string, string>) => void = () => undefined
    let giveUp: (reason: Error) => void = () => undefined
    const reported = new Promise<Record<string, string>>((resolve, reject) => {
      report = resolve
      giveUp = reject
    })
    server = createServer((request, response) => {
      void answer(request, report).then(({ type, body }) => {
        response.setHeader('content-type', type).end(body)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const origin = originOf(server)
    records = []
    brokerServer = createServer(toNodeHandler(await makeBroker(origin)))
    await new Promise<void>((resolve) => brokerServer.listen(0, '127.0.0.1', resolve))
    const browser = spawn(chromium ?? '', [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      `--user-data-dir=${join(folder, 'profile')}`,
      `${origin}/`,
    ])
    browser.once('error', giveUp)
    browser.once('exit', (code) => {
      giveUp(new Error(`Chromium ended with ${String(code)}`))
    })
    try {
      results = await reported
    } finally {
      browser.removeAllListeners('exit')
      const ended = new Promise((resolve) => browser.once('exit', resolve))
      browser.kill()
      await ended
    }
  }, 120_000)

  afterAll(async () => {
    server.close()
    brokerServer.close()
    await cloud.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  /** The broker of another origin than the page's, as where pages and their backend have hosts of their own. */
  async function makeBroker(origin: string) {
    return createBroker({
      dataKeys: new KmsDataKeyProvider(await cloud.createKey(), cloud.kmsOptions()),
      bucket: { bucket: BUCKET, region: 'cn-hangzhou', url: `${cloud.oss.endpoint}/${BUCKET}` },
      credentials: cloud.credentials,
      origins: [origin],
      authorize: (request, _action, name) => {
        const user = request.headers.get('authorization')
        return user && name.startsWith(`${user}/`) ? { user, maxUploadLength: 800_000 } : null
      },
      audit: (record) => void records.push(record),
    })
  }

  async function answer(request: IncomingMessage, report: (results: Record<string, string>) => void) {
    if (request.url === '/page.js') {
      return { type: 'text/javascript', body: await readFile(join(folder, 'page', 'page.js')) }
    }
    if (request.url === '/broker') return { type: 'text/plain', body: `${originOf(brokerServer)}/osscrypt` }
    if (request.url === '/sign') return { type: 'application/json', body: sign(JSON.parse(await text(request))) }
    if (request.url === '/results') report(JSON.parse(await text(request)) as Record<string, string>)
    return {
      type: 'text/html',
      body: '<!doctype html><title>osscrypt</title><script type="module" src="/page.js"></script>',
    }
  }

  /** What a backend of the page's does: it has the credentials. */
  function sign({ method, name, query, headers, copySource }: ToSign): string {
    const own = copySource && {
      'x-oss-copy-source': `/${BUCKET}/${copySource.name.split('/').map(encodeURIComponent).join('/')}`,
    }
    const expires = String(Math.floor(Date.now() / 1000) + 60)
    const request = { method, bucket: BUCKET, name, query, headers: { ...headers, ...own } }
    const { accessKeyId: OSSAccessKeyId, accessKeySecret } = cloud.credentials
    const Signature = signV1(accessKeySecret, request, expires)
    return JSON.stringify({
      url: urlOf(cloud.oss.endpoint, request, { Expires: expires, OSSAccessKeyId, Signature }),
      headers: own,
    })
  }

  test.each([
    'AES-GCM in parts is what Web Crypto makes in one call',
    'FLOE goes there and back, and notices a flipped bit',
    'gcm objects go to OSS and back by signed URLs',
    'floe objects go to OSS and back by signed URLs',
    'objects go to OSS and back by a broker of another origin',
    'what a browser cannot do is refused by name',
  ])('%s', (name) => {
    expect(results[name]).toBe('passed')
  })

  test('the broker refused what was not the page’s, and nothing else', () => {
    expect(records.filter(({ status }) => status !== 200)).toMatchObject([
      { operation: 'GetObject', name: 'bert/a', reason: 'denied' },
      { operation: 'PutObject', name: 'anna/long', reason: 'grant' },
    ])
  })
})

function originOf(server: Server): string {
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
}

interface ToSign {
  readonly method: string
  readonly name?: string
  readonly query: Record<string, string>
  readonly headers: Record<string, string>
  readonly copySource?: { readonly name: string }
}
