import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { BUCKET, startLocalConsole, type LocalConsole } from './support/local-console.js'
import { makeVideo } from './support/make-video.js'
import { openChromium } from './support/open-chromium.js'
import { makeNoise, makePng, makeWav } from './support/samples.js'

const folder = fileURLToPath(new URL('../../../docs/console/', import.meta.url))

/** The pictures of docs/CONSOLE.md: `npm run screenshots -w osscrypt-console`. */
describe.runIf(process.env['OSSCRYPT_SCREENSHOTS'])('screenshots', { timeout: 120_000 }, () => {
  let it: LocalConsole
  let browser: Browser

  beforeAll(async () => {
    it = await startLocalConsole({ format: 'floe' })
    browser = await openChromium()
    mkdirSync(folder, { recursive: true })
    const floe = { format: 'floe', segmentLength: 65_536 } as const
    const { client, store } = it
    const notes = [
      '# Offsite, March',
      '',
      'Only the holder of the key reads this.',
      '',
      '- budget for the year',
      '- the offer to Lin',
    ]
    await client.put('notes.md', Buffer.from(notes.join('\n')), { encryptionContext: { project: 'apollo' } })
    await client.put('contract-2026.pdf', makeNoise(412_000))
    await client.put('interview.wav', makeWav(30), floe)
    await client.put('salaries.csv', Buffer.from('name,salary\nAda,9000\nGrace,9500\n'.repeat(900)))
    await client.put('sunset.png', makePng(420))
    await client.put('backup-2026-11.tar', makeNoise(9_000_000), floe)
    await store.put('readme-public.txt', Buffer.from('for everybody'))
    await client.put('invoice-0417.txt', Buffer.from('Invoice 0417: 1,200.00'))
    await client.put('photos/one.png', makePng(20))
    await client.put('reports/q3/summary.md', Buffer.from('x'))
    const { content, res } = (await store.get('invoice-0417.txt')) as { content: Buffer; res: { headers: object } }
    content[2]! ^= 1
    const kept = Object.entries(res.headers as Record<string, string>).flatMap(([name, value]) =>
      name.startsWith('x-oss-meta-') ? [[name.slice(11), value]] : [],
    )
    await store.put('invoice-0417.txt', content, { meta: Object.fromEntries(kept) as never })
    const page = await browser.newPage()
    await page.goto(it.console.url)
    await client.put('demo.webm', await makeVideo(page), floe)
    await page.close()
  })
  afterAll(async () => {
    await browser.close()
    await it.close()
  })

  interface Look {
    readonly name: string
    readonly dark?: boolean
    readonly narrow?: boolean
    readonly locale?: string
    readonly show: (page: Page) => Promise<void>
  }
  const row = (page: Page, name: string) => page.locator('.grid-rows .row').filter({ hasText: name })
  const open = (name: string) => async (page: Page) => {
    await row(page, name).click()
    await page.locator('.preview:not([data-kind="loading"]), .details .empty').first().waitFor()
    await page.waitForTimeout(600)
  }
  const looks: readonly Look[] = [
    { name: 'list', show: async () => undefined },
    { name: 'list-dark', dark: true, show: async () => undefined },
    { name: 'list-narrow', narrow: true, show: async () => undefined },
    { name: 'video', show: open('demo.webm') },
    { name: 'picture-dark', dark: true, show: open('sunset.png') },
    { name: 'text-narrow-dark', dark: true, narrow: true, show: open('notes.md') },
    {
      name: 'envelope',
      show: async (page) => {
        await open('notes.md')(page)
        await page.getByRole('tab').nth(1).click()
        await page.locator('.fact').first().waitFor()
      },
    },
    { name: 'changed', show: open('invoice-0417.txt') },
    { name: 'not-encrypted-zh', locale: 'zh-CN', show: open('readme-public.txt') },
    {
      name: 'uploads',
      show: async (page) => {
        const file = (name: string, length: number) => ({ name, mimeType: 'text/plain', buffer: makeNoise(length) })
        it.cloud.faults.add({
          service: 'oss',
          operation: 'UploadPart',
          times: Infinity,
          effect: { kind: 'delay', delayMs: 30_000 },
          skip: 2,
        })
        await page
          .locator('input[data-files]')
          .setInputFiles([
            file('minutes.txt', 3000),
            file('archive.zip', 20_000_000),
            file('notes.md', 300),
            file('later.bin', 9_000_000),
            file('last.txt', 100),
          ])
        await page.locator('.upload[data-state="exists"]').waitFor()
        await page.waitForTimeout(1500)
        it.cloud.faults.clear()
      },
    },
    {
      name: 'delete-dark',
      dark: true,
      show: async (page) => {
        await row(page, 'photos/').locator('input').check()
        await row(page, 'sunset.png').locator('input').check()
        await page.locator('.toolbar .danger').click()
        await page.getByRole('alertdialog').waitFor()
        await page.waitForTimeout(300)
      },
    },
    {
      name: 'cors',
      show: async (page) => {
        await page.locator('.toolbar .icon-button').last().click()
        await page.getByRole('dialog').getByRole('textbox').fill('https://app.example.com')
        await page.getByRole('button', { name: 'Check' }).click()
        await page.locator('.cors-document').waitFor()
        await page.waitForTimeout(300)
      },
    },
    {
      name: 'format-zh',
      locale: 'zh-CN',
      show: async (page) => {
        await page.locator('.toolbar .primary').click()
        await page.getByRole('menuitem').nth(2).click()
        await page.getByRole('dialog').waitFor()
        await page.waitForTimeout(300)
      },
    },
  ]

  test.each(looks)('$name', async ({ name, dark = false, narrow = false, locale = 'en-GB', show }) => {
    const viewport = narrow ? { width: 390, height: 760 } : { width: 1280, height: 760 }
    const context = await browser.newContext({ viewport, locale, colorScheme: dark ? 'dark' : 'light' })
    const page = await context.newPage()
    await page.goto(it.console.url)
    await page.locator('.place').waitFor({ state: 'attached' })
    await page.evaluate((bucket) => (location.hash = `#/${bucket}/`), BUCKET)
    await page.locator('.badge').nth(5).waitFor()
    await page.waitForTimeout(400)
    await show(page)
    await page.screenshot({ path: `${folder}${name}.png` })
    await context.close()
  })
})
