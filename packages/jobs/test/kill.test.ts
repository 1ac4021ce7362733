import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Task } from 'osscrypt-jobs'
import { useBucket } from './bucket-fixture.js'

const fixture = useBucket()
const program = fileURLToPath(new URL('run-job.mjs', import.meta.url))
const contentOf = (index: number) => Buffer.from(`object ${String(index)} `.repeat(index % 50))

function breakSomeRequests(): void {
  const { faults } = fixture.cloud
  for (const skip of [5, 20, 60]) {
    faults.add({ service: 'oss', skip, effect: { kind: 'error', status: 503 } })
    faults.add({ service: 'oss', operation: 'GetObject', skip, effect: { kind: 'cut', of: 'answer', afterBytes: 1 } })
    faults.add({ service: 'oss', operation: 'CopyObject', skip, effect: { kind: 'drop-answer' } })
    faults.add({ service: 'kms', skip, effect: { kind: 'throttle' } })
  }
}

/** Runs the job, and kills it after a while; whether it came to its end. */
async function runOrKill(task: Task, killAfterMs: number): Promise<boolean> {
  breakSomeRequests()
  const settings = {
    spec: { task, bucket: fixture.bucket },
    folder: fixture.folder,
    oss: { ...fixture.cloud.ossOptions(fixture.bucket), timeout: 5000 },
    cmkArns: fixture.oldCmk,
    kms: fixture.cloud.kmsOptions(),
    jobs: 8,
  }
  const child = spawn(process.execPath, [program, JSON.stringify(settings)], { stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (bytes) => (errors += String(bytes)))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const finished = await Promise.race([ended.then(() => true), wait(killAfterMs).then(() => false)])
  if (!finished) child.kill('SIGKILL')
  const status = await ended
  if (status !== null && status !== 0) throw new Error(`the job failed: ${errors}`)
  return status === 0
}

test('a job that is killed again and again loses nothing, and its report is right', { timeout: 120_000 }, async () => {
  const count = 240
  const names = Array.from({ length: count }, (_, index) => `o/${String(index).padStart(4, '0')}`)
  // One in four is encrypted already.
  for (const [index, name] of names.entries())
    await (index % 4 === 0 ? fixture.client.put(name, contentOf(index)) : fixture.oss.put(name, contentOf(index)))
  let kills = 0
  while (!(await runOrKill({ operation: 'encrypt' }, kills < 6 ? 700 + Math.random() * 800 : 60_000))) {
    kills++
    fixture.cloud.faults.clear()
    // At every moment each object is there, as it was or encrypted.
    for (const index of [1, 60, 119, 200, 239]) {
      const name = names[index]!
      const { res } = await fixture.oss.head(name)
      const isEncrypted = 'x-oss-meta-x-oss-meta-header' in res.headers
      const { content } = isEncrypted ? await fixture.client.get(name) : await fixture.oss.get(name)
      expect(content).toEqual(contentOf(index))
    }
  }
  expect(kills).toBeGreaterThan(1)
  fixture.cloud.faults.clear()
  const report = await fixture.report()
  expect(report.map(({ name }) => name)).toEqual(names)
  for (const [index, { name, status, reason }] of report.entries()) {
    expect((await fixture.client.get(name, { requireBinding: true })).content).toEqual(contentOf(index))
    // One that was encrypted in the moment of a kill is found to be encrypted.
    expect(['done', 'skipped AlreadyEncrypted']).toContain(status === 'done' ? status : `${status} ${String(reason)}`)
    if (index % 4 === 0) expect(reason).toBe('AlreadyEncrypted')
  }
  expect(report.filter(({ status }) => status === 'done').length).toBeGreaterThan((count * 3) / 4 - 8 * (kills + 1))
})
