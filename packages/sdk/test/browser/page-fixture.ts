import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import OSS from 'ali-oss'
import { OssEncryptionClient, type RequestToSign } from 'osscrypt/oss'
import { startLocalCloud, type LocalCloud } from 'osscrypt-local'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { CHROMIUM_FLAGS, chromiumPath } from '../../../../tools/chromium.mjs'
import { BUCKET } from '../support/cloud-fixture.js'
import { allowPages, pageBackend } from './backend.js'
import { canRunPages } from './chromium.js'

/** A page of a user's application, its backend, and the cloud behind it. */
export interface PageFixture {
  readonly cloud: LocalCloud
  readonly context: BrowserContext
  readonly page: Page
  /** The folder of the browser, where each test has its own. */
  readonly profile: string
  /** A folder for the files of one test. */
  readonly folder: string
  /** Reads and writes the same objects, in Node. */
  readonly client: OssEncryptionClient
  /** How often a wrapped key was unwrapped. */
  unwrapped: number
  /** Asked about every request that the page wants signed; what it waits for, the page waits for. */
  beforeSigning: (request: RequestToSign) => Promise<void> | void
  /** Opens the page in another tab. */
  openTab(): Promise<Page>
  /** `operation` of the requests that OSS has answered; of a part, with its number. */
  requests(): string[]
}

/** What came of something that a page was to do. */
export interface Outcome {
  readonly result?: unknown
  readonly error?: { readonly name: string; readonly code?: string; readonly message: string; readonly cause?: string }
}

const launching = {
  ...(chromiumPath !== undefined && { executablePath: chromiumPath }),
  args: [...CHROMIUM_FLAGS],
  acceptDownloads: true,
}

/** Has a page do something that it has a name for. */
export function run(page: Page, call: string, ...given: unknown[]): Promise<Outcome> {
  return page.evaluate(
    ([name, args]) => (globalThis as unknown as { run: (...all: unknown[]) => Promise<Outcome> }).run(name, ...args),
    [call, given] as const,
  )
}

/**
 * Starts a cloud, a backend and a browser for the tests of one file; the page, and all that a browser keeps of one, are fresh for each.
 *
 * @param ownBrowser Each test has a browser of its own, whose processes can be told by `profile`: that takes a second each.
 */
export function usePage({ ownBrowser = false } = {}): PageFixture {
  const fixture = {} as { -readonly [Key in keyof PageFixture]: PageFixture[Key] }
  const keys: Buffer[] = []
  let work = ''
  let server: Server
  let browser: Browser | undefined
  const scripts = () => join(work, 'scripts')

  beforeAll(async () => {
    if (!canRunPages) return
    work = await mkdtemp(join(tmpdir(), 'osscrypt-sdk-test-'))
    fixture.cloud = await startLocalCloud({ buckets: [BUCKET] })
    await allowPages(fixture.cloud)
    const store = new OSS(fixture.cloud.ossOptions(BUCKET))
    fixture.client = new OssEncryptionClient({ store, dataKeys: keysOf(keys) })
    const entry = {
      'files-page': fileURLToPath(new URL('files-page.mjs', import.meta.url)),
      'download-worker': fileURLToPath(new URL('download-worker.mjs', import.meta.url)),
    }
    await build({
      configFile: false,
      logLevel: 'warn',
      build: { outDir: scripts(), emptyOutDir: true, lib: { entry, formats: ['es'] }, target: 'esnext', minify: false },
    })
    server = createServer((request, response) => void answer(request, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    if (!ownBrowser) browser = await chromium.launch(launching)
  })

  beforeEach(async () => {
    if (!canRunPages) return
    fixture.cloud.faults.clear()
    fixture.cloud.clearRequests()
    fixture.unwrapped = 0
    fixture.beforeSigning = () => undefined
    fixture.folder = await mkdtemp(join(tmpdir(), 'osscrypt-sdk-test-'))
    fixture.profile = await mkdtemp(join(tmpdir(), 'osscrypt-sdk-test-'))
    fixture.context = browser
      ? await browser.newContext()
      : await chromium.launchPersistentContext(fixture.profile, launching)
    fixture.page = await fixture.openTab()
  })

  afterEach(async () => {
    if (!canRunPages) return
    await fixture.context.close()
    for (const folder of [fixture.folder, fixture.profile])
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  afterAll(async () => {
    if (!canRunPages) return
    await browser?.close()
    server.close()
    server.closeAllConnections()
    await fixture.cloud.close()
    await rm(work, { recursive: true, force: true, maxRetries: 5 })
  })

  fixture.openTab = async () => {
    const page = await fixture.context.newPage()
    await page.goto(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`)
    await page.waitForFunction('globalThis.ready')
    return page
  }
  fixture.requests = () =>
    fixture.cloud.requests
      .filter(({ service, operation }) => service === 'oss' && operation !== 'OptionObject')
      .map(({ operation, url }) => {
        const number = /[?&]partNumber=(\d+)/.exec(url)?.[1]
        return number === undefined ? operation : `${operation} ${number}`
      })
  return fixture

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = ''] = (request.url ?? '').split('?')
    const [script] = /^\/[\w-]+\.js$/.exec(path) ?? []
    const send = (type: string, body: string | Buffer) => response.setHeader('content-type', type).end(body)
    if (script !== undefined) send('text/javascript', await readFile(join(scripts(), script)))
    else if (path === '/sign') send('application/json', await sign(JSON.parse(await text(request))))
    else if (path === '/keys') send('application/json', giveKey(JSON.parse(await text(request))))
    else if (path === '/')
      send(
        'text/html',
        '<!doctype html><title>osscrypt</title><input type="file"><script type="module" src="/files-page.js"></script>',
      )
    else response.writeHead(404).end()
  }

  async function sign(asked: RequestToSign): Promise<string> {
    await fixture.beforeSigning(asked)
    return JSON.stringify(pageBackend(fixture.cloud).sign(asked))
  }

  function giveKey({ wrapped }: { readonly wrapped?: number }): string {
    if (wrapped === undefined) keys.push(randomBytes(32))
    else fixture.unwrapped += 1
    const index = wrapped ?? keys.length - 1
    return JSON.stringify({ wrapped: index, key: keys[index]?.toString('base64') })
  }
}

const KEY_ARN = 'acs:kms:cn-hangzhou:1:key/page'

/** What the page has too: keys that are kept where the page's backend is. */
function keysOf(keys: Buffer[]) {
  return {
    generateDataKey: () => {
      const key = randomBytes(32)
      keys.push(key)
      const encryptedDataKeys = [{ keyArn: KEY_ARN, ciphertextBlob: Uint8Array.of(keys.length - 1) }]
      return Promise.resolve({ dataKey: new Uint8Array(key), encryptedDataKeys })
    },
    decryptDataKey: ({ encryptedDataKeys }: { encryptedDataKeys: readonly { ciphertextBlob: Uint8Array }[] }) => {
      const key = keys[encryptedDataKeys[0]?.ciphertextBlob[0] ?? -1]
      return Promise.resolve(key ? new Uint8Array(key) : null)
    },
  }
}
