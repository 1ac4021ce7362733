import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { corsDocument, corsRule } from 'osscrypt/oss'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test, vi } from 'vitest'
import { assertAccessible } from './support/assert-accessible.js'
import { dropFiles } from './support/drop-files.js'
import { BUCKET, startLocalConsole, type LocalConsole } from './support/local-console.js'
import { chromiumPath, openChromium } from './support/open-chromium.js'
import { makeVideo } from './support/make-video.js'
import { makeNoise, makePdf, makePng, makeWav } from './support/samples.js'

const built = existsSync(fileURLToPath(new URL('../dist/page/index.html', import.meta.url)))

if (!chromiumPath) console.warn('There is no Chromium here: the console is not tested in a browser.')

describe.skipIf(!chromiumPath || !built)('the page, in Chromium', { timeout: 60_000 }, () => {
  let it: LocalConsole
  let browser: Browser
  let folder: string
  let context: BrowserContext
  let page: Page
  let nowMs: () => number

  beforeAll(async () => {
    nowMs = () => Date.now()
    it = await startLocalConsole({ now: () => nowMs() })
    folder = mkdtempSync(join(tmpdir(), 'osscrypt-console-test-'))
    browser = await openChromium()
    const client = it.client
    await client.put('notes/hello.txt', Buffer.from('Only the holder of the key reads this.'))
    await client.put('notes/picture.png', makePng(64))
    await client.put('notes/paper.pdf', makePdf('Encrypted'))
    await client.put('notes/long.md', Buffer.from('line of text\n'.repeat(40_000)), {
      format: 'floe',
      segmentLength: 65_536,
    })
    await client.put('sounds/tone.wav', makeWav(60), { format: 'floe', segmentLength: 65_536 })
    await client.put('sounds/whole.wav', makeWav(5))
    await client.put('data.bin', makeNoise(3_000_000), { format: 'floe' })
    await it.store.put('plain.txt', Buffer.from('for everybody'))
  })
  afterAll(async () => {
    await browser.close()
    await it.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  beforeEach(async () => {
    nowMs = () => Date.now()
    context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      acceptDownloads: true,
      locale: 'en-GB',
    })
    context.setDefaultTimeout(20_000)
    page = await context.newPage()
  })
  afterEach(() => context.close())

  /** Opens the console at a place. */
  async function openAt(prefix = '', bucket = BUCKET): Promise<void> {
    await page.goto(it.console.url)
    await page.getByRole('navigation', { name: 'Buckets' }).getByRole('link', { name: bucket }).click()
    for (const step of prefix.split('/').slice(0, -1)) await row(`${step}/`).click()
  }
  const row = (name: string) => page.getByRole('row').filter({ hasText: name })
  const upload = (key: string) => page.locator(`.upload[data-key="${key}"]`)
  const stored = async (key: string) => (await it.client.get(key)).content

  /** Flips a bit of an object's ciphertext, as somebody who can write to the bucket might. */
  async function tamper(key: string, at: number): Promise<void> {
    const { content, res } = (await it.store.get(key)) as { content: Buffer; res: { headers: Record<string, string> } }
    content[at]! ^= 1
    const meta = Object.fromEntries(
      Object.entries(res.headers).flatMap(([name, value]) =>
        name.startsWith('x-oss-meta-') ? [[name.slice('x-oss-meta-'.length), value]] : [],
      ),
    )
    await it.store.put(key, content, { meta: meta as never, mime: 'application/octet-stream' })
  }

  describe('opening', () => {
    test('without the token nothing is shown', async () => {
      await page.goto(it.console.origin)
      await page.getByRole('heading', { name: 'Open this page from the command' }).waitFor()
      expect(await page.getByText(BUCKET).count()).toBe(0)
      await assertAccessible(page)
    })

    test('with another token nothing is shown', async () => {
      await page.goto(`${it.console.origin}/#${'A'.repeat(43)}`)
      await page.getByRole('heading', { name: 'Open this page from the command' }).waitFor()
      expect(await page.getByText(BUCKET).count()).toBe(0)
    })

    test('with it, the buckets are; the address loses it, a reload does not, and nothing goes elsewhere', async () => {
      const hosts = new Set<string>()
      page.on('request', (request) => hosts.add(new URL(request.url()).origin))
      await page.goto(it.console.url)
      await page.getByRole('link', { name: BUCKET }).first().waitFor()
      expect(page.url()).not.toContain(it.console.url.split('#')[1])
      await page.reload()
      await page.getByRole('link', { name: BUCKET }).first().waitFor()
      expect([...hosts]).toEqual([it.console.origin])
      expect(await page.getByRole('navigation').getByText('cn-beijing').count()).toBe(1)
      await assertAccessible(page)
    })

    test('a page of another origin cannot frame it, or read from it', async () => {
      const other = await context.newPage()
      await other.route('http://other.example/', (route) =>
        route.fulfill({ contentType: 'text/html', body: '<p>other' }),
      )
      await other.goto('http://other.example/')
      const read = await other.evaluate(
        (url) =>
          fetch(url).then(
            () => 'read',
            () => 'refused',
          ),
        it.console.origin,
      )
      expect(read).toBe('refused')
    })
  })

  describe('browsing', () => {
    test('says of each object how it is encrypted', async () => {
      await openAt()
      await expect.poll(() => row('data.bin').innerText()).toContain('floe')
      await expect.poll(() => row('plain.txt').innerText()).toContain('not encrypted')
      expect(await row('data.bin').innerText()).toContain('2.9 MB')
      await assertAccessible(page)
    })

    test('an empty bucket says what to do', async () => {
      await openAt('', 'empty-bucket')
      await page.getByRole('heading', { name: 'Nothing here yet' }).waitFor()
      await assertAccessible(page)
    })

    test('a name that turns its end round is shown as it is', async () => {
      await it.client.put('turned/photo\u202egpj.html', Buffer.from('x'))
      await openAt('turned/')
      const line = page.locator('[data-key^="turned/"]')
      await line.waitFor()
      expect(await line.innerText()).toContain(String.raw`photo\u{202e}gpj.html`)
      await line.click()
      await page.getByRole('heading', { name: String.raw`photo\u{202e}gpj.html` }).waitFor()
      expect(await page.locator('body').innerText()).not.toContain('\u202e')
      await page.getByRole('tab', { name: 'Envelope' }).click()
      await page.getByText(String.raw`turned/photo\u{202e}gpj.html`).waitFor()
      expect(await page.locator('body').innerText()).not.toContain('\u202e')
    })

    test('finds what is below', async () => {
      await openAt()
      await page.getByRole('searchbox').fill('HELLO')
      await row('notes/hello.txt').waitFor()
      expect(await page.getByRole('row').count()).toBe(2)
      await page.getByRole('searchbox').fill('nothing like it')
      await page.getByRole('heading', { name: 'Nothing found' }).waitFor()
    })

    test('of 100,000 objects the page has those that can be seen, and the keyboard reaches the last', async () => {
      await page.route('**/api/list', async (route) => {
        const { token = '0' } = route.request().postDataJSON() as { token?: string }
        const objects = Array.from({ length: 1000 }, (_, index) => {
          const key = `object-${String(Number(token) * 1000 + index).padStart(6, '0')}`
          return { key, storedLength: 1000, modifiedMs: 0 }
        })
        const next = Number(token) + 1
        const more = next < 100 ? { token: String(next) } : {}
        await route.fulfill({ json: { prefixes: [], objects, scanned: 1000, ...more } })
      })
      await openAt()
      await page.getByText('100,000 entries').waitFor()
      expect(await page.getByRole('row').count()).toBeLessThan(60)
      await row('object-000000').focus()
      await page.keyboard.press('End')
      await row('object-099999').waitFor()
      expect(await page.getByRole('row').count()).toBeLessThan(60)
      expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe('100001')
      await page.keyboard.press('Home')
      await row('object-000000').waitFor()
    })

    test('the keyboard opens, ticks and closes', async () => {
      await openAt('notes/')
      await row('hello.txt').waitFor()
      await page.locator('.grid-rows .row').first().focus()
      await page.keyboard.press('Space')
      await page.getByText('1 selected').first().waitFor()
      await page.keyboard.press('Space')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'hello.txt' }).waitFor()
      await page.getByText('Only the holder of the key reads this.').waitFor()
      await page.keyboard.press('Escape')
      await expect.poll(() => page.getByRole('heading', { name: 'hello.txt' }).count()).toBe(0)
      expect(await page.evaluate(() => document.activeElement?.getAttribute('data-key'))).toBe('notes/hello.txt')
    })

    test('says whether pages of another origin can use the bucket, and which rule they need', async () => {
      const origin = 'https://app.example.com'
      await it.store.putBucketCORS(BUCKET, [{ ...corsRule([origin]), exposeHeader: ['ETag'] }] as never)
      await openAt()
      await page.getByRole('button', { name: 'Whether pages of your own can use this bucket (CORS)' }).click()
      const dialog = page.getByRole('dialog')
      const check = dialog.getByRole('button', { name: 'Check' })
      await dialog.getByLabel('Origin of the pages').fill('app.example.com')
      await dialog.getByText('Scheme, host and port').waitFor()
      expect(await check.isDisabled()).toBe(true)
      await dialog.getByLabel('Origin of the pages').fill('https://other.example.com')
      await check.click()
      await dialog.getByText('No rule of the bucket has this origin').waitFor()
      await dialog.getByLabel('Origin of the pages').fill(origin)
      await check.click()
      await dialog.getByText('The rule for this origin lacks: ExposeHeader Content-Length').waitFor()
      const document = await dialog.locator('pre').innerText()
      expect(document.split('\n')).toEqual(corsDocument([origin]))
      await assertAccessible(page)
      await it.store.putBucketCORS(BUCKET, [corsRule([origin])] as never)
      await check.click()
      await dialog.getByText('The bucket lets pages of this origin work').waitFor()
      expect(await dialog.locator('pre').count()).toBe(0)
    })

    test('speaks Chinese, in the dark, on a phone', async () => {
      await page.setViewportSize({ width: 390, height: 800 })
      await page.emulateMedia({ colorScheme: 'dark' })
      await page.goto(it.console.url)
      await page.getByRole('button', { name: '中文' }).click()
      await page.getByRole('button', { name: '存储空间' }).click()
      await page.getByRole('dialog').getByRole('link', { name: BUCKET }).click()
      await expect.poll(() => row('plain.txt').innerText()).toContain('未加密')
      expect(await page.evaluate(() => document.documentElement.lang)).toBe('zh-CN')
      expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark')
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
      await assertAccessible(page)
      await row('data.bin').click()
      await page.getByRole('heading', { name: 'data.bin' }).waitFor()
      await assertAccessible(page)
    })
  })

  describe('uploads', () => {
    test('a file that is dropped is stored, encrypted in the page', async () => {
      const bytes = makeNoise(300_001)
      writeFileSync(join(folder, 'dropped.bin'), bytes)
      await openAt('notes/')
      await row('hello.txt').waitFor()
      await dropFiles(page, [join(folder, 'dropped.bin')])
      await upload('notes/dropped.bin').getByText('Stored').waitFor()
      await row('dropped.bin').waitFor()
      expect(Buffer.compare(await stored('notes/dropped.bin'), bytes)).toBe(0)
      const { content } = (await it.store.get('notes/dropped.bin')) as { content: Buffer }
      expect(content.includes(bytes.subarray(0, 64))).toBe(false)
      await assertAccessible(page)
    })

    test('a folder that is dropped keeps its paths', async () => {
      mkdirSync(join(folder, 'album/summer'), { recursive: true })
      writeFileSync(join(folder, 'album/one.txt'), 'one')
      writeFileSync(join(folder, 'album/summer/two.txt'), 'two')
      await openAt('', 'empty-bucket')
      await dropFiles(page, [join(folder, 'album')])
      await page.getByText('2 of 2 stored').waitFor()
      await row('album/').waitFor()
    })

    test('what is there is replaced only when that is said', async () => {
      await it.client.put('taken.txt', Buffer.from('first'))
      await openAt()
      const second = { name: 'taken.txt', mimeType: 'text/plain', buffer: Buffer.from('second') }
      await page.locator('input[data-files]').setInputFiles(second)
      await upload('taken.txt').getByText('There is an object of that name').waitFor()
      expect((await stored('taken.txt')).toString()).toBe('first')
      await upload('taken.txt').getByRole('button', { name: 'Replace' }).click()
      await upload('taken.txt').getByText('Stored').waitFor()
      expect((await stored('taken.txt')).toString()).toBe('second')
    })

    // What they wait for takes a minute in all, where the machine is busy.
    test('an upload goes on after a reload of the page', { timeout: 120_000 }, async () => {
      // In three parts.
      const bytes = makeNoise(17 * 1024 * 1024)
      writeFileSync(join(folder, 'long.bin'), bytes)
      await openAt('notes/')
      // The rest waits until the page has gone.
      it.cloud.faults.add({
        service: 'oss',
        operation: 'UploadPart',
        skip: 2,
        times: Infinity,
        effect: { kind: 'delay', delayMs: 60_000 },
      })
      await dropFiles(page, [join(folder, 'long.bin')])
      await vi.waitFor(() => expect(partsOf('notes/long.bin')).toBeGreaterThanOrEqual(2), { timeout: 20_000 })
      await expect.poll(() => kept(), { timeout: 10_000 }).toBeGreaterThan(0)
      page.once('dialog', (dialog) => void dialog.accept())
      it.cloud.faults.clear()
      await page.reload()
      await upload('notes/long.bin').getByText('Interrupted').waitFor()
      await assertAccessible(page)
      it.cloud.clearRequests()
      await page.locator('input[data-files]').setInputFiles(join(folder, 'long.bin'))
      await upload('notes/long.bin').getByText('Stored').waitFor({ timeout: 30_000 })
      expect(Buffer.compare(await stored('notes/long.bin'), bytes)).toBe(0)
      expect(partsOf('notes/long.bin')).toBeLessThan(3)
    })

    /** How many parts OSS has been sent. */
    function partsOf(key: string): number {
      return it.cloud.requests.filter(
        ({ operation, url }) => operation === 'UploadPart' && decodeURIComponent(url).includes(key),
      ).length
    }
    /** How many uploads the page keeps a checkpoint of. */
    async function kept(): Promise<number> {
      return page.evaluate(async () => {
        const names = await indexedDB.databases()
        return names.length
      })
    }

    test('pauses, goes on, and is cancelled without a trace', { timeout: 120_000 }, async () => {
      writeFileSync(join(folder, 'paused.bin'), makeNoise(9 * 1024 * 1024))
      await openAt()
      it.cloud.faults.add({
        service: 'oss',
        operation: 'UploadPart',
        skip: 1,
        times: Infinity,
        effect: { kind: 'delay', delayMs: 60_000 },
      })
      await dropFiles(page, [join(folder, 'paused.bin')])
      await upload('paused.bin')
        .getByRole('button', { name: /^Pause:/ })
        .click()
      await upload('paused.bin').getByText('Paused', { exact: true }).waitFor()
      it.cloud.faults.clear()
      await upload('paused.bin')
        .getByRole('button', { name: /^Go on:/ })
        .click()
      await upload('paused.bin').getByText('Stored').waitFor({ timeout: 30_000 })

      it.cloud.faults.add({
        service: 'oss',
        operation: 'UploadPart',
        skip: 1,
        times: Infinity,
        effect: { kind: 'delay', delayMs: 60_000 },
      })
      writeFileSync(join(folder, 'cancelled.bin'), makeNoise(9 * 1024 * 1024))
      await dropFiles(page, [join(folder, 'cancelled.bin')])
      await expect.poll(async () => (await it.client.listUploads('cancelled')).length).toBe(1)
      await upload('cancelled.bin')
        .getByRole('button', { name: /^Cancel:/ })
        .click()
      it.cloud.faults.clear()
      await expect.poll(async () => (await it.client.listUploads('cancelled')).length).toBe(0)
      expect(await upload('cancelled.bin').count()).toBe(0)
    })

    test('offline, uploads wait, and go on when the network is back', async () => {
      // Of the local cloud the page knows that it needs no network.
      await page.route('**/api/session', async (route) => {
        const response = await route.fetch()
        await route.fulfill({ response, json: { ...(await response.json()), isLocal: false } })
      })
      await openAt()
      await row('plain.txt').waitFor()
      await context.setOffline(true)
      await page.getByText('No network').waitFor()
      const file = { name: 'offline.txt', mimeType: 'text/plain', buffer: Buffer.from('later') }
      await page.locator('input[data-files]').setInputFiles(file)
      await upload('offline.txt').getByText('Waiting').waitFor()
      await assertAccessible(page)
      await context.setOffline(false)
      await upload('offline.txt').getByText('Stored').waitFor()
      expect((await stored('offline.txt')).toString()).toBe('later')
    })

    test('what broke off on the way is tried again', async () => {
      await openAt()
      await row('plain.txt').waitFor()
      await page.route(`**/broker/${BUCKET}`, (route) => route.abort())
      const file = { name: 'broken-off.txt', mimeType: 'text/plain', buffer: Buffer.from('at last') }
      await page.locator('input[data-files]').setInputFiles(file)
      await upload('broken-off.txt').getByText('cannot be reached').waitFor({ timeout: 20_000 })
      await page.unroute(`**/broker/${BUCKET}`)
      await page.evaluate(() => dispatchEvent(new Event('online')))
      await upload('broken-off.txt').getByText('Stored').waitFor()
    })

    test('who may not use the CMK is told so', async () => {
      writeFileSync(join(folder, 'denied.txt'), 'denied')
      await openAt()
      await row('plain.txt').waitFor()
      it.cloud.denyKey(it.cmks[0])
      try {
        await dropFiles(page, [join(folder, 'denied.txt')])
        await upload('denied.txt').getByText('OSS or KMS denies it').waitFor()
      } finally {
        it.cloud.permitKey(it.cmks[0])
      }
    })
  })

  describe('an object', () => {
    test('text, picture and PDF are shown, verified', async () => {
      await openAt('notes/')
      await row('hello.txt').click()
      await page.getByText('Only the holder of the key reads this.').waitFor()
      await expect.poll(() => row('hello.txt').innerText()).toContain('verified')
      await assertAccessible(page)
      await row('picture.png').click()
      const picture = page.getByRole('img', { name: 'Image picture.png' })
      await picture.waitFor()
      await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(64)
      await row('paper.pdf').click()
      await page.getByTitle('PDF paper.pdf').waitFor()
    })

    test('SVG is shown, and its script runs neither there nor in this origin where its address is opened for itself', async () => {
      const script = `let seen = 'refused'; try { seen = String(sessionStorage.length) } catch {} ; document.documentElement.id = seen`
      const text = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><script>${script}</script></svg>`
      await it.client.put('notes/drawing.svg', Buffer.from(text))
      await openAt('notes/')
      await row('drawing.svg').click()
      const picture = page.locator('.preview-image')
      await picture.waitFor()
      expect(await picture.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth))).toBe(
        40,
      )
      // As who pastes it into the same tab, whose session storage has the token.
      await page.goto((await picture.getAttribute('src')) ?? '')
      expect(await page.evaluate(() => [origin, document.documentElement.id])).toEqual(['null', 'refused'])
    })

    test('that was written with an encryption context is read as well', async () => {
      const encryptionContext = { project: 'apollo' }
      for (const format of ['gcm', 'floe'] as const) {
        await it.client.put(`context/${format}.txt`, Buffer.from(`of ${format}`), { format, encryptionContext })
      }
      await openAt('context/')
      for (const format of ['gcm', 'floe']) {
        await row(`${format}.txt`).click()
        await page.getByText(`of ${format}`).waitFor()
      }
      await page.getByRole('tab', { name: 'Envelope' }).click()
      await page.getByText('project = apollo').waitFor()
    })

    test('of a long floe text the first part is read, and no more', async () => {
      await openAt('notes/')
      await row('long.md').click()
      await page.getByText('The first 256 KB, verified.').waitFor()
    })

    test('a sound in floe plays from anywhere, by verified parts', async () => {
      await openAt('sounds/')
      await row('tone.wav').click()
      const audio = page.locator('audio')
      await audio.waitFor()
      await page.getByText('Each part is verified before it plays.').waitFor()
      await expect.poll(() => audio.evaluate((player: HTMLAudioElement) => player.duration)).toBeCloseTo(60, 1)
      const before = bytesOf('sounds/tone.wav')
      const seeked = await audio.evaluate(async (player: HTMLAudioElement) => {
        player.muted = true
        const done = new Promise((resolve) => player.addEventListener('seeked', resolve, { once: true }))
        player.currentTime = 50
        await done
        await player.play()
        await new Promise((resolve) => setTimeout(resolve, 300))
        player.pause()
        return player.currentTime
      })
      expect(seeked).toBeGreaterThan(50)
      expect(bytesOf('sounds/tone.wav')).toBeGreaterThan(before)
      await assertAccessible(page)
    })

    test('a video in floe plays from anywhere', async () => {
      await it.client.put('videos/clip.webm', await makeVideo(page), { format: 'floe', segmentLength: 4096 })
      await openAt('videos/')
      await row('clip.webm').click()
      const video = page.locator('video')
      await page.getByText('Each part is verified before it plays.').waitFor()
      await expect.poll(() => video.evaluate((player: HTMLVideoElement) => player.videoWidth)).toBe(320)
      const seeked = await video.evaluate(async (player: HTMLVideoElement) => {
        const done = new Promise((resolve) => player.addEventListener('seeked', resolve, { once: true }))
        player.currentTime = 0.8
        await done
        return player.currentTime
      })
      expect(seeked).toBeCloseTo(0.8, 1)
      await assertAccessible(page)
    })

    /** How many requests for parts of an object OSS has answered. */
    function bytesOf(key: string): number {
      return it.cloud.requests.filter(
        ({ operation, url }) => operation === 'GetObject' && decodeURIComponent(url).includes(key),
      ).length
    }

    test('a sound in gcm plays when all of it was verified', async () => {
      await openAt('sounds/')
      await row('whole.wav').click()
      await page.getByText('All of it was verified before it was shown.').waitFor()
      const audio = page.locator('audio')
      await expect.poll(() => audio.evaluate((player: HTMLAudioElement) => player.duration)).toBeCloseTo(5, 1)
    })

    test('is downloaded, and is what was stored', async () => {
      await openAt()
      await row('data.bin').click()
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('group', { name: 'Details' }).getByRole('button', { name: 'Download' }).click(),
      ])
      expect(download.suggestedFilename()).toBe('data.bin')
      expect(Buffer.compare(readFileSync(await download.path()), makeNoise(3_000_000))).toBe(0)
    })

    test('its envelope is explained, and marked where it was verified', async () => {
      await openAt('notes/')
      await row('hello.txt').click()
      await page.getByText('Only the holder').waitFor()
      await page.getByRole('tab', { name: 'Envelope' }).click()
      const panel = page.getByRole('tabpanel')
      await panel.getByText(it.cmks[0]).waitFor()
      await panel.getByText('notes/hello.txt').waitFor()
      expect(await panel.getByText('verified', { exact: true }).count()).toBeGreaterThan(4)
      expect(await panel.getByText('never authenticated').count()).toBeGreaterThan(2)
      await assertAccessible(page)
    })

    test('whose envelope was replaced after it was verified is not said to have that verified', async () => {
      await it.client.put('bad/mine.txt', Buffer.from('mine'))
      await openAt('bad/')
      await row('mine.txt').click()
      await page.getByText('All of it was verified').waitFor()
      // The same content, and so the same ETag.
      const { content } = (await it.store.get('bad/mine.txt')) as { content: Buffer }
      const other = (await it.store.head('notes/hello.txt')) as unknown as { res: { headers: Record<string, string> } }
      const meta = Object.fromEntries(
        ['header', 'iv', 'authtag'].map((name) => [
          `x-oss-meta-${name}`,
          other.res.headers[`x-oss-meta-x-oss-meta-${name}`],
        ]),
      )
      await it.store.put('bad/mine.txt', content, { meta: meta as never, mime: 'application/octet-stream' })
      await page.getByRole('tab', { name: 'Envelope' }).click()
      const panel = page.getByRole('tabpanel')
      await panel.getByText('notes/hello.txt').waitFor()
      expect(await panel.getByText('verified', { exact: true }).count()).toBe(0)
    })

    test('that was changed is shown as such, and nothing of it', async () => {
      await it.client.put('bad/changed.txt', Buffer.from('the real text'))
      await tamper('bad/changed.txt', 3)
      await openAt('bad/')
      await row('changed.txt').click()
      await page.getByRole('alert').getByText('This object was changed').waitFor()
      await expect.poll(() => row('changed.txt').innerText()).toContain('changed')
      expect(await page.getByText('the real text').count()).toBe(0)
      expect(await page.getByRole('button', { name: 'Download' }).isDisabled()).toBe(true)
      await assertAccessible(page)
    })

    test('of which a later part was changed stops playing there', async () => {
      await it.client.put('bad/tone.wav', makeWav(120), { format: 'floe', segmentLength: 65_536 })
      await tamper('bad/tone.wav', 10_000_000)
      await openAt('bad/')
      await row('tone.wav').click()
      await page.locator('audio').waitFor()
      await page.locator('audio').evaluate((player: HTMLAudioElement) => (player.currentTime = 113))
      await page.getByRole('alert').getByText('This object was changed').waitFor()
      expect(await page.locator('audio').count()).toBe(0)
    })

    test('under another name is refused', async () => {
      await it.store.copy('bad/swapped.txt', 'notes/hello.txt')
      await openAt('bad/')
      await row('swapped.txt').click()
      await page.getByRole('alert').getByText('This object was changed').waitFor()
    })

    test('is verified on demand', async () => {
      await openAt()
      await row('data.bin').click()
      await page.getByText('Not verified yet').waitFor()
      await page.getByRole('button', { name: 'Verify' }).click()
      await page.getByText('All verified').waitFor()
      await tamper('data.bin', 2_000_000)
      await page.getByRole('button', { name: 'Verify' }).click()
      await page.getByRole('alert').getByText('This object was changed').waitFor()
      await it.client.put('data.bin', makeNoise(3_000_000), { format: 'floe' })
    })

    test('is put under another CMK', async () => {
      await it.client.put('rewrapped.txt', Buffer.from('same bytes'))
      await openAt()
      await row('rewrapped.txt').click()
      await page.getByRole('button', { name: 'Rewrap' }).click()
      await page.getByLabel('CMK (ARN)').fill(it.cmks[1])
      await assertAccessible(page)
      await page.getByRole('dialog').getByRole('button', { name: 'Rewrap' }).click()
      await page.getByText('Wrapped under the CMK that you named').waitFor()
      expect((await it.client.head('rewrapped.txt')).encryption.cmkArns).toEqual([it.cmks[1]])
    })

    test('gets another key, and nothing is replaced', async () => {
      await it.client.put('old-name.txt', Buffer.from('the same'))
      await openAt()
      await row('old-name.txt').click()
      await page.getByRole('button', { name: 'Rename' }).click()
      const key = page.getByRole('textbox', { name: 'New key' })
      await key.fill('notes/hello.txt')
      await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click()
      await page.getByText('There is an object of that name already').waitFor()
      await key.fill('new-name.txt')
      await assertAccessible(page)
      await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click()
      await page.getByText('Renamed to new-name.txt').waitFor()
      expect((await stored('new-name.txt')).toString()).toBe('the same')
      await expect(it.client.head('old-name.txt')).rejects.toMatchObject({ code: 'NotFound' })
    })

    test('is deleted when that is confirmed; so is what is below a prefix', async () => {
      for (const name of ['gone/a.txt', 'gone/deep/b.txt']) await it.client.put(name, Buffer.from('x'))
      await openAt()
      await row('gone/').getByRole('checkbox').check()
      await page.getByRole('button', { name: 'Delete' }).click()
      const dialog = page.getByRole('alertdialog')
      await dialog.getByRole('heading', { name: 'Delete 2?' }).waitFor()
      await assertAccessible(page)
      await dialog.getByRole('button', { name: 'Cancel' }).click()
      await it.client.head('gone/a.txt')
      await page.getByRole('button', { name: 'Delete' }).click()
      await dialog.getByRole('button', { name: 'Delete' }).click()
      await page.getByText('2 deleted').waitFor()
      await expect(it.client.head('gone/deep/b.txt')).rejects.toMatchObject({ code: 'NotFound' })
    })

    test('whose key ends with a slash is deleted alone, and not what is below', async () => {
      for (const name of ['kept/', 'kept/inner.txt']) await it.client.put(name, Buffer.from('x'))
      await openAt()
      await page.getByRole('searchbox').fill('kept/')
      await row('kept/inner.txt').waitFor()
      await page.locator('[data-key="kept/"]').getByRole('checkbox').check()
      await page.getByRole('button', { name: 'Delete' }).click()
      await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click()
      await page.getByText('1 deleted').waitFor()
      await it.client.head('kept/inner.txt')
      await expect(it.client.head('kept/')).rejects.toMatchObject({ code: 'NotFound' })
    })

    test('is not shown by a URL that has expired', async () => {
      await openAt('notes/')
      await row('hello.txt').waitFor()
      nowMs = () => Date.now() + 30 * 60_000
      await row('hello.txt').click()
      await page.getByText('a signed URL has expired').waitFor()
      nowMs = () => Date.now()
    })

    test('under a CMK that may not be used is not shown', async () => {
      await openAt('notes/')
      await row('hello.txt').waitFor()
      it.cloud.denyKey(it.cmks[0])
      try {
        await row('hello.txt').click()
        await page.getByText('OSS or KMS denies it').waitFor()
      } finally {
        it.cloud.permitKey(it.cmks[0])
      }
    })
  })
})
