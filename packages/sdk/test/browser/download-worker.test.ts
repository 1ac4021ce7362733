import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import type { Download } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { canRunPages } from './chromium.js'
import { run, usePage } from './page-fixture.js'

const MIB = 1024 * 1024
const fixture = usePage({ ownBrowser: true })

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function hashOfFile(download: Download): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(await download.path())) hash.update(piece as Buffer)
  return hash.digest('hex')
}

/** Begins to save an object, and gives the download when the browser has begun it. */
async function save(name: string, options: object = {}) {
  const downloading = fixture.page.waitForEvent('download')
  const saving = run(fixture.page, 'save', name, options)
  return { saving, download: await downloading }
}

/** What Linux says of a process; nothing of one that has ended. */
function textOf(pid: string, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
}

/** Most of the memory of the processes of this browser that draw pages and run workers, in bytes; measured until it is told to stop. */
function watchMemory(): () => Promise<number> {
  const watching = new AbortController()
  const work = (async () => {
    const most = new Map<string, number>()
    while (!watching.signal.aborted) {
      for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
        const [command, status] = await Promise.all([textOf(pid, 'cmdline'), textOf(pid, 'status')])
        const isOurs = command.includes('--type=renderer') && command.includes(fixture.profile)
        const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(status) ?? []
        if (isOurs && kilobytes) most.set(pid, Math.max(most.get(pid) ?? 0, Number(kilobytes) * 1024))
      }
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    return Math.max(0, ...most.values())
  })()
  return () => {
    watching.abort()
    return work
  }
}

describe.skipIf(!canRunPages).each(['gcm', 'floe'] as const)(
  'a download through a Service Worker: %s',
  { timeout: 300_000 },
  (format) => {
    const data = patternBytes(20 * MIB + 7)

    test('has the bytes of the object, its name and its length', async () => {
      await fixture.client.put('folder/报告 "1".pdf', data, { format })
      fixture.cloud.clearRequests()
      const { saving, download } = await save('folder/报告 "1".pdf')
      expect(await hashOfFile(download)).toBe(hashOf(data))
      expect(download.suggestedFilename()).toMatch(/^报告 .1.\.pdf$/)
      const { error, result } = await saving
      expect(error).toBeUndefined()
      const passes = format === 'gcm' ? 2 : 1
      expect(fixture.requests().filter((operation) => operation === 'GetObject')).toHaveLength(passes)
      const { bytes, total } = result as { bytes: number; total: number }
      expect(bytes).toBe(total)
      expect(Math.floor(total / data.length)).toBe(passes)
    })

    test('several at a time, one of which is small and one empty', async () => {
      const names = ['one', 'two', 'small', 'empty']
      const contents = [data, patternBytes(9 * MIB, 5), patternBytes(10), Buffer.alloc(0)]
      for (const [index, name] of names.entries()) await fixture.client.put(name, contents[index]!, { format })
      const downloads = new Map<string, Download>()
      fixture.page.on('download', (download) => downloads.set(download.suggestedFilename(), download))
      const outcomes = await Promise.all(
        names.map((name) => run(fixture.page, 'save', name, { filename: `${name}.bin` })),
      )
      expect(outcomes.map(({ error }) => error)).toEqual(names.map(() => undefined))
      await expect.poll(() => downloads.size, { timeout: 20_000 }).toBe(4)
      for (const [index, name] of names.entries()) {
        expect(await hashOfFile(downloads.get(`${name}.bin`)!)).toBe(hashOf(contents[index]!))
      }
    })

    test('of a tampered object is none, or fails', async () => {
      await fixture.client.put('object', data, { format })
      // Of gcm, what is there is changed before the first pass: no download is begun.
      fixture.cloud.faults.add({
        service: 'oss',
        operation: 'GetObject',
        times: Infinity,
        effect: { kind: 'corrupt', atByte: 15 * MIB },
      })
      const downloading = fixture.page.waitForEvent('download', { timeout: 20_000 }).catch(() => null)
      const { error } = await run(fixture.page, 'save', 'object')
      expect(error).toMatchObject({ code: 'IntegrityFailed' })
      if (format === 'floe') expect(await (await downloading)?.failure()).toBeTruthy()
      else expect(fixture.requests().filter((operation) => operation === 'GetObject')).toHaveLength(1)
    })

    test.runIf(format === 'gcm')('that is changed on its second way fails', async () => {
      await fixture.client.put('object', data, { format })
      fixture.cloud.faults.add({
        service: 'oss',
        operation: 'GetObject',
        skip: 1,
        times: Infinity,
        effect: { kind: 'corrupt', atByte: 15 * MIB },
      })
      const { saving, download } = await save('object')
      expect((await saving).error).toMatchObject({ code: 'IntegrityFailed' })
      expect(await download.failure()).toBeTruthy()
    })

    test('that is cancelled by the user ends what is fetched', async () => {
      await fixture.client.put('large', patternBytes(40 * MIB), { format })
      fixture.cloud.faults.add({
        service: 'oss',
        operation: 'GetObject',
        skip: format === 'gcm' ? 1 : 0,
        effect: { kind: 'stall', afterBytes: 30 * MIB },
      })
      const { saving, download } = await save('large')
      await download.cancel()
      expect((await saving).error).toMatchObject({ code: 'DownloadBroken' })
    })

    test('that is aborted by the page is a failed download', async () => {
      await fixture.client.put('large', patternBytes(40 * MIB), { format })
      fixture.cloud.faults.add({
        service: 'oss',
        operation: 'GetObject',
        skip: format === 'gcm' ? 1 : 0,
        effect: { kind: 'stall', afterBytes: 30 * MIB },
      })
      const { saving, download } = await save('large', { abortAs: 'mine' })
      await run(fixture.page, 'abortSaving', 'mine')
      expect((await saving).error).toMatchObject({ name: 'AbortError' })
      expect(await download.failure()).toBeTruthy()
    })

    test('whose worker is ended before it begins is served all the same; on its way it fails, and is told', async () => {
      await fixture.client.put('object', data, { format })
      expect((await run(fixture.page, 'save', 'object')).error).toBeUndefined()
      await stopWorkers()
      const { saving, download } = await save('object')
      expect(await hashOfFile(download)).toBe(hashOf(data))
      expect((await saving).error).toBeUndefined()

      await fixture.client.put('large', patternBytes(40 * MIB), { format })
      fixture.cloud.faults.add({
        service: 'oss',
        operation: 'GetObject',
        skip: format === 'gcm' ? 1 : 0,
        effect: { kind: 'stall', afterBytes: 30 * MIB },
      })
      const second = await save('large')
      await stopWorkers()
      expect((await second.saving).error).toMatchObject({ code: 'DownloadBroken' })
      expect(await second.download.failure()).toBeTruthy()
    })

    test('takes no more memory for 384 MiB than for 64 MiB', async () => {
      const most: number[] = []
      for (const length of [64 * MIB, 384 * MIB]) {
        const bytes = patternBytes(length)
        await fixture.client.put('sized', bytes, { format })
        const stop = watchMemory()
        const { saving, download } = await save('sized')
        expect(await hashOfFile(download)).toBe(hashOf(bytes))
        expect((await saving).error).toBeUndefined()
        most.push(await stop())
      }
      console.log(
        `${format}: ${most.map((bytes) => `${(bytes / MIB).toFixed(0)} MiB`).join(' for 64 MiB, ')} for 384 MiB`,
      )
      expect(most[0]).toBeGreaterThan(0)
      // What nobody has collected yet comes and goes by some 150 MiB; what was kept would be 320 MiB.
      expect(most[1]! - most[0]!).toBeLessThan(230 * MIB)
    })

    async function stopWorkers(): Promise<void> {
      const session = await fixture.context.newCDPSession(fixture.page)
      await session.send('ServiceWorker.enable')
      await session.send('ServiceWorker.stopAllWorkers')
      await session.detach()
    }
  },
)
