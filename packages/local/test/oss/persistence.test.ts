import { fork, type ChildProcess } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { RecordJournal } from '../../src/oss/storage/record-journal.js'
import { ACCESS_KEY, BUCKET, startLocalOss, type LocalOss } from './local-oss.js'
import { createClient, someBytes, type Client } from './target.js'

const clientOf = (local: LocalOss): Client =>
  createClient({ endpoint: local.endpoint, region: 'cn-hangzhou', bucket: BUCKET, ...ACCESS_KEY })

let running: LocalOss | undefined
afterEach(() => running?.close())

test('has after a restart all that it had before', async () => {
  const first = await startLocalOss()
  const before = clientOf(first)
  const bytes = someBytes(400_000)
  await before.put('ü/one', bytes, { meta: { a: '1' }, headers: { 'x-oss-tagging': 'a=1' } })
  await before.put('gone', bytes)
  await before.delete('gone')
  await before.copy('copied', 'ü/one')
  const { uploadId } = await before.initMultipartUpload('parts')
  const { etag } = await before.uploadPart('parts', uploadId, 1, bytes, 0, bytes.length)
  const head = (await before.head('ü/one')).res.headers
  await first.stop()

  running = await startLocalOss({ folder: first.folder, buckets: [] })
  const after = clientOf(running)
  const got = await after.get('ü/one')
  expect(Buffer.compare(got.content, bytes)).toBe(0)
  for (const name of ['etag', 'last-modified', 'x-oss-hash-crc64ecma', 'x-oss-meta-a', 'x-oss-tagging-count']) {
    expect(got.res.headers[name]).toBe(head[name])
  }
  const names = (await after.listV2({})).objects.map(({ name }: { name: string }) => name)
  expect(names).toEqual(['copied', 'ü/one'])
  await after.completeMultipartUpload('parts', uploadId, [{ number: 1, etag }])
  expect(Buffer.compare((await after.get('parts')).content, bytes)).toBe(0)
  expect((await after.listUploads({})).uploads).toEqual([])
})

/** The built service in a process of its own, which can be killed. */
async function startProcess(folder: string): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(new URL('killable-oss.mjs', import.meta.url), [folder, BUCKET, JSON.stringify(ACCESS_KEY)])
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve(Number(message)))
    child.once('exit', (code) => reject(new Error(`exit ${String(code)}`)))
  })
  return { child, port }
}

function kill(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGKILL')
  })
}

test('has whole objects only after being killed in the middle of everything', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'osscrypt-oss-'))
  const acknowledged = new Map<string, number>()
  try {
    for (let round = 0; round < 4; round += 1) {
      const { child, port } = await startProcess(folder)
      const client = createClient({
        endpoint: `http://localhost:${port}`,
        region: 'cn-hangzhou',
        bucket: BUCKET,
        ...ACCESS_KEY,
      })
      let isAlive = true
      const work = async (worker: number): Promise<void> => {
        for (let i = 1; isAlive; i += 1) {
          const key = `w${worker}/${i % 5}`
          const seed = round * 100_000 + i
          const length = worker === 0 ? 3_000_000 : 1000
          await client.put(key, someBytes(length, seed), { meta: { seed: String(seed) } })
          acknowledged.set(key, seed)
          if (i % 4 === 0) await client.copy(`${key}-copy`, key)
          if (i % 7 === 0) {
            const { uploadId } = await client.initMultipartUpload(`${key}-parts`, { meta: { seed: String(seed) } })
            const part = someBytes(1000, seed)
            const { etag } = await client.uploadPart(`${key}-parts`, uploadId, 1, part, 0, part.length)
            await client.completeMultipartUpload(`${key}-parts`, uploadId, [{ number: 1, etag }])
          }
        }
      }
      const workers = [0, 1, 2].map((worker) => work(worker).catch(() => undefined))
      await new Promise((resolve) => setTimeout(resolve, 300 + round * 70))
      isAlive = false
      await kill(child)
      await Promise.all(workers)

      const local = await startLocalOss({ folder, buckets: [] })
      const after = clientOf(local)
      const { objects } = await after.listV2({ 'max-keys': 1000 })
      for (const { name, size } of objects as { name: string; size: number }[]) {
        const { content, res } = await after.get(name)
        const seed = Number(res.headers['x-oss-meta-seed'])
        expect(Buffer.compare(content, someBytes(size, seed)), name).toBe(0)
      }
      for (const [key, seed] of acknowledged) {
        const { res } = await after.head(key)
        // What was under way when the process was killed may have been carried out without an answer.
        expect(Number(res.headers['x-oss-meta-seed'])).toBeGreaterThanOrEqual(seed)
        acknowledged.set(key, Number(res.headers['x-oss-meta-seed']))
      }
      await local.stop()
    }
    const data = await readdir(join(folder, 'buckets', BUCKET, 'data'))
    const records = new RecordJournal(join(folder, 'buckets', BUCKET, 'objects'), () => '').all()
    const parts = new RecordJournal(join(folder, 'buckets', BUCKET, 'parts'), () => '').all()
    expect(data.length).toBe(records.length + parts.length)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
