import { utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeEach, describe, expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { canRunPages } from './chromium.js'
import { run, usePage } from './page-fixture.js'

const PART = 192 * 1024
const LENGTH = 6 * PART + 5
const fixture = usePage()

describe.skipIf(!canRunPages).each(['gcm', 'floe'] as const)(
  'an upload in Chromium: %s',
  { timeout: 120_000 },
  (format) => {
    const data = patternBytes(LENGTH)
    const options = {
      format,
      checkpoint: 'mine',
      partLength: PART,
      ...(format === 'floe' && { segmentLength: PART / 2 }),
    }
    let path: string
    const modified = new Date('2026-01-02T03:04:05Z')

    beforeEach(async () => {
      if (!canRunPages) return
      path = join(fixture.folder, 'film.mp4')
      await writeFile(path, data)
      await utimes(path, modified, modified)
      for (const { name, uploadId } of await fixture.client.listUploads())
        await fixture.client.abortUpload(name, uploadId)
      await fixture.client.delete('object')
      await choose(fixture.page)
      fixture.cloud.clearRequests()
    })

    const choose = (page: Page) => page.locator('input').setInputFiles(path)

    /** Begins an upload, and takes the page away from it when three parts are there. */
    async function beginAndReload(call: readonly unknown[] = ['put', 'object']): Promise<void> {
      let release = () => {}
      fixture.beforeSigning = ({ query }) => {
        if (Number(query['partNumber']) > 3) return new Promise((resolve) => (release = resolve))
      }
      const [name, ...given] = call
      void run(fixture.page, name as string, ...given, { ...options, parallel: 1 }).catch(() => undefined)
      await expect.poll(() => fixture.requests(), { timeout: 30_000 }).toContain('UploadPart 3')
      await expect.poll(() => sentLength(), { timeout: 10_000 }).toBeGreaterThan(2.9 * PART)
      await fixture.page.reload()
      await fixture.page.waitForFunction('globalThis.ready')
      fixture.beforeSigning = () => undefined
      release()
      fixture.cloud.clearRequests()
    }

    async function sentLength(): Promise<number> {
      const { result } = await run(fixture.page, 'unfinished')
      return (result as { sentLength: number }[])[0]?.sentLength ?? 0
    }

    async function expectStored(): Promise<void> {
      expect(sameBytes((await fixture.client.get('object')).content, data)).toBe(true)
      expect(await fixture.client.listUploads()).toEqual([])
      expect((await run(fixture.page, 'unfinished')).result).toEqual([])
    }

    test('goes on after a reload, and sends no part again', async () => {
      await beginAndReload()
      const { result } = await run(fixture.page, 'unfinished')
      expect(result).toMatchObject([
        {
          checkpoint: 'mine',
          name: 'object',
          file: { name: 'film.mp4', length: LENGTH, modified },
          hasHandle: false,
          inUse: false,
        },
      ])
      await choose(fixture.page)
      expect((await run(fixture.page, 'put', 'object', options)).error).toBeUndefined()
      expect(fixture.unwrapped).toBe(1)
      expect(fixture.requests().sort()).toEqual([
        'CompleteMultipartUpload',
        'UploadPart 4',
        'UploadPart 5',
        'UploadPart 6',
        'UploadPart 7',
      ])
      await expectStored()
    })

    test('keeps no key in plaintext', async () => {
      await beginAndReload()
      const { result: kept } = await run(fixture.page, 'kept')
      const state = JSON.parse((JSON.parse(kept as string) as { text: string }[])[0]!.text) as object
      expect(Object.keys(state).sort()).toEqual(
        [
          'bucket',
          'file',
          'header',
          'kind',
          'mac',
          'name',
          'options',
          'partLength',
          'parts',
          'path',
          'proof',
          'uploadId',
          'version',
        ].sort(),
      )
    })

    test('takes the file by its handle, which the browser keeps', async () => {
      await run(fixture.page, 'write', 'own.bin', LENGTH, 7)
      await beginAndReload(['putStored', 'object', 'own.bin'])
      expect((await run(fixture.page, 'unfinished')).result).toMatchObject([{ hasHandle: true }])
      const { checkpoint: _, ...rest } = options
      expect((await run(fixture.page, 'putUnfinished', 'mine', rest)).error).toBeUndefined()
      expect(fixture.requests().filter((each) => each.startsWith('UploadPart'))).toHaveLength(4)
      expect((await fixture.client.get('object')).content.length).toBe(LENGTH)
    })

    test.each([
      ['its time', async () => utimes(path, new Date(0), new Date(0)), 'SourceChanged'],
      ['its length', async () => writeFile(path, data.subarray(1)), 'SourceChanged'],
      [
        'its name',
        async () => {
          path = join(fixture.folder, 'other.mp4')
          await writeFile(path, data)
          await utimes(path, modified, modified)
        },
        'CheckpointMismatch',
      ],
    ])('refuses a file of which %s is another, sends nothing, and loses nothing', async (_what, change, code) => {
      const right = path
      await beginAndReload()
      await change()
      await choose(fixture.page)
      expect((await run(fixture.page, 'put', 'object', options)).error).toMatchObject({ code })
      expect(fixture.requests()).toEqual([])
      path = right
      await writeFile(path, data)
      await utimes(path, modified, modified)
      await choose(fixture.page)
      expect((await run(fixture.page, 'put', 'object', options)).error).toBeUndefined()
      await expectStored()
    })

    test.runIf(format === 'gcm')(
      'refuses other bytes under the same name, length and time before any is sent',
      async () => {
        await beginAndReload()
        const changed = Buffer.from(data)
        changed[LENGTH - 1]! ^= 1
        await writeFile(path, changed)
        await utimes(path, modified, modified)
        await choose(fixture.page)
        expect((await run(fixture.page, 'put', 'object', options)).error).toMatchObject({ code: 'SourceChanged' })
        expect(fixture.requests()).toEqual([])
        expect((await run(fixture.page, 'put', 'object', { ...options, restartIfChanged: true })).error).toBeUndefined()
        expect(sameBytes((await fixture.client.get('object')).content, changed)).toBe(true)
      },
    )

    test('is refused to a second page while one is at it', async () => {
      let release = () => {}
      fixture.beforeSigning = ({ query }) => {
        if (Number(query['partNumber']) > 3) return new Promise((resolve) => (release = resolve))
      }
      const first = run(fixture.page, 'put', 'object', { ...options, parallel: 1 })
      await expect.poll(() => fixture.requests(), { timeout: 30_000 }).toContain('UploadPart 3')
      const second = await fixture.openTab()
      await choose(second)
      expect((await run(second, 'put', 'object', options)).error).toMatchObject({ code: 'CheckpointInUse' })
      expect((await run(second, 'forget', 'mine')).error).toMatchObject({ code: 'CheckpointInUse' })
      await expect
        .poll(async () => (await run(second, 'unfinished')).result)
        .toMatchObject([{ checkpoint: 'mine', inUse: true }])
      fixture.beforeSigning = () => undefined
      release()
      expect((await first).error).toBeUndefined()
      await expectStored()
    })

    test('is refused to a second page also where the browser has no locks; a page that died leaves it for a while', async () => {
      await fixture.context.addInitScript(() => {
        Object.defineProperty((globalThis as unknown as { navigator: object }).navigator, 'locks', { value: undefined })
      })
      await fixture.page.reload()
      await fixture.page.waitForFunction('globalThis.ready')
      await choose(fixture.page)
      await beginAndReload()
      await choose(fixture.page)
      expect((await run(fixture.page, 'unfinished')).result).toMatchObject([{ inUse: true }])
      expect((await run(fixture.page, 'put', 'object', options)).error).toMatchObject({ code: 'CheckpointInUse' })
      await run(fixture.page, 'endLeases')
      expect((await run(fixture.page, 'unfinished')).result).toMatchObject([{ inUse: false }])
      expect((await run(fixture.page, 'put', 'object', options)).error).toBeUndefined()
      await expectStored()
      expect((await run(fixture.page, 'leases')).result).toEqual([])
    })

    test('whose lease another page has taken saves nothing more', async () => {
      await fixture.context.addInitScript(() => {
        Object.defineProperty((globalThis as unknown as { navigator: object }).navigator, 'locks', { value: undefined })
      })
      await fixture.page.reload()
      await fixture.page.waitForFunction('globalThis.ready')
      await choose(fixture.page)
      let release = () => {}
      fixture.beforeSigning = ({ query }) => {
        if (Number(query['partNumber']) === 4) return new Promise((resolve) => (release = resolve))
      }
      const first = run(fixture.page, 'put', 'object', { ...options, parallel: 1 })
      await expect.poll(() => fixture.requests(), { timeout: 30_000 }).toContain('UploadPart 3')
      await expect.poll(() => sentLength(), { timeout: 10_000 }).toBeGreaterThan(2.9 * PART)
      await run(fixture.page, 'endLeases', 'somebody else')
      const before = await sentLength()
      release()
      expect((await first).error).toMatchObject({ code: 'CheckpointInUse' })
      expect(await sentLength()).toBe(before)
      expect((await run(fixture.page, 'leases')).result).toMatchObject([{ holder: 'somebody else' }])
    })

    test('outlives answers of 503', async () => {
      fixture.cloud.faults.add({
        service: 'oss',
        operation: 'UploadPart',
        skip: 1,
        times: 2,
        effect: { kind: 'error', status: 503 },
      })
      expect((await run(fixture.page, 'put', 'object', options)).error).toBeUndefined()
      await expectStored()
    })

    test('fails with a typed error when the browser has no room for the checkpoint, and leaves no upload', async () => {
      const session = await fixture.context.newCDPSession(fixture.page)
      const origin = new URL(fixture.page.url()).origin
      await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 })
      const { error } = await run(fixture.page, 'put', 'object', options)
      expect(error).toMatchObject({ code: 'CheckpointUnavailable' })
      expect(await fixture.client.listUploads()).toEqual([])
      expect(fixture.requests().filter((each) => each.startsWith('UploadPart'))).toEqual([])
      await session.send('Storage.overrideQuotaForOrigin', { origin })
      expect((await run(fixture.page, 'put', 'object', options)).error).toBeUndefined()
      await expectStored()
    })

    test('can be forgotten', async () => {
      await beginAndReload()
      const [{ name, uploadId, checkpoint }] = (await run(fixture.page, 'unfinished')).result as [
        { name: string; uploadId: string; checkpoint: string },
      ]
      await run(fixture.page, 'abort', name, uploadId)
      await run(fixture.page, 'forget', checkpoint)
      expect((await run(fixture.page, 'unfinished')).result).toEqual([])
      expect(await fixture.client.listUploads()).toEqual([])
    })
  },
)
