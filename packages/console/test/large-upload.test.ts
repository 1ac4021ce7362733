import { createHash, randomFillSync } from 'node:crypto'
import {
  closeSync,
  createReadStream,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BUCKET, startLocalConsole, type LocalConsole } from './support/local-console.js'
import { chromiumPath } from './support/open-chromium.js'
import { openRawChromium, type RawChromium } from './support/raw-chromium.js'

const built = existsSync(fileURLToPath(new URL('../dist/page/index.html', import.meta.url)))
const isLinux = process.platform === 'linux'

/** 1024 by `npm run large-upload -w osscrypt-console`; too slow to be among the others. */
const mib = Number(process.env['OSSCRYPT_UPLOAD_MIB'] ?? 0)

/** What the browser's processes may take beyond what they had, however long the file is: what is on its way, and what no collection of garbage has come to yet. */
const MAX_GROWTH_MIB = 512

describe.skipIf(mib === 0 || !chromiumPath || !built || !isLinux)(
  'an upload that is larger than memory',
  { timeout: 600_000 },
  () => {
    let it: LocalConsole
    let browser: RawChromium
    let folder: string

    beforeAll(async () => {
      it = await startLocalConsole({ format: 'floe' })
      folder = mkdtempSync(join(tmpdir(), 'osscrypt-console-large-'))
      browser = openRawChromium(chromiumPath ?? '', join(folder, 'profile'))
    })
    afterAll(async () => {
      await browser.close()
      await it.close()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    })

    test(`of ${String(mib)} MiB, by drop: the memory of the tab and of the browser stays flat`, async () => {
      const path = join(folder, 'large.bin')
      writeNoise(path)
      const { targetId } = await browser.send<{ targetId: string }>('Target.createTarget', { url: it.console.url })
      const { sessionId } = await browser.send<{ sessionId: string }>('Target.attachToTarget', {
        targetId,
        flatten: true,
      })
      const evaluate = async (expression: string) => {
        const { result } = await browser.send<{ result: { value: unknown } }>(
          'Runtime.evaluate',
          { expression },
          sessionId,
        )
        return result.value
      }
      await expect
        .poll(() => evaluate(`document.querySelectorAll('.bucket').length > 0`), { timeout: 30_000 })
        .toBe(true)
      await evaluate(`location.hash = '#/${BUCKET}/'`)
      await expect.poll(() => evaluate(`document.querySelector('.list-side') !== null`), { timeout: 30_000 }).toBe(true)
      const memory = async () => {
        const { processInfo } = await browser.send<{ processInfo: { id: number }[] }>('SystemInfo.getProcessInfo')
        return processInfo.reduce((sum, { id }) => sum + proportionalMib(id), 0)
      }
      const state = () => evaluate(`document.querySelector('.upload')?.dataset.state ?? 'waiting'`)
      const before = await memory()
      let most = before
      const data = { items: [], files: [path], dragOperationsMask: 1 }
      for (const type of ['dragEnter', 'dragOver', 'drop']) {
        await browser.send('Input.dispatchDragEvent', { type, x: 500, y: 400, data }, sessionId)
      }
      while ((await state()) !== 'done') {
        expect(await state()).toMatch(/waiting|running|done/)
        most = Math.max(most, await memory())
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
      console.log(`${String(mib)} MiB: ${before.toFixed(0)} MiB before, at most ${most.toFixed(0)} MiB`)
      expect(most - before).toBeLessThan(MAX_GROWTH_MIB)
      const [stored, sent] = [createHash('sha256'), createHash('sha256')]
      const { stream } = await it.client.getStream('large.bin')
      for await (const chunk of stream) stored.update(chunk as Buffer)
      for await (const chunk of createReadStream(path)) sent.update(chunk as Buffer)
      expect(stored.digest('hex')).toBe(sent.digest('hex'))
    })
  },
)

function writeNoise(path: string): void {
  const file = openSync(path, 'w')
  const block = Buffer.alloc(1024 * 1024)
  for (let index = 0; index < mib; index++) writeSync(file, randomFillSync(block))
  closeSync(file)
}

/** A process's own memory, and its share of what it has with others. */
function proportionalMib(pid: number): number {
  try {
    const kib = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${String(pid)}/smaps_rollup`, 'utf8'))?.[1]
    return Number(kib ?? 0) / 1024
  } catch {
    // It has ended.
    return 0
  }
}
