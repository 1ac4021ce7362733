import { describe, expect, test } from 'vitest'
import { listJobs } from 'osscrypt-jobs/queue'
import { until, useQueue, type Running } from './queue-fixture.js'
import { hasRedis } from './redis-fixture.js'

const contentOf = (index: number) => Buffer.from(`object ${String(index)} `.repeat(index % 50))

describe.skipIf(!hasRedis)('a job over Redis', () => {
  const fixture = useQueue()

  test('loses nothing when workers and listers are killed', { timeout: 180_000 }, async () => {
    const { oss, client, cloud } = fixture.bucket
    const count = 240
    const names = Array.from({ length: count }, (_, index) => `o/${String(index).padStart(4, '0')}`)
    // One in four is encrypted already.
    for (const [index, name] of names.entries())
      await (index % 4 === 0 ? client.put(name, contentOf(index)) : oss.put(name, contentOf(index)))
    for (const skip of [5, 40, 90]) {
      cloud.faults.add({ service: 'oss', skip, effect: { kind: 'error', status: 503 } })
      cloud.faults.add({
        service: 'oss',
        operation: 'GetObject',
        skip,
        effect: { kind: 'cut', of: 'answer', afterBytes: 1 },
      })
      cloud.faults.add({ service: 'kms', skip, effect: { kind: 'throttle' } })
    }
    const id = 'killed'
    const spec = fixture.spec({ operation: 'encrypt' })
    const list = () =>
      fixture.spawnLister({ spec, id, batchLength: 6, pageLength: 20, takeOverAfterMs: 1000, backoffMs: 50 })
    const work = () => fixture.spawnWorker({ jobs: 4 })
    const running: Running[] = [list(), work(), work()]
    // A listing that takes its time.
    cloud.faults.add({
      service: 'oss',
      operation: 'ListObjectsV2',
      times: Infinity,
      effect: { kind: 'delay', delayMs: 300 },
    })
    const progressOf = async (job: string) => {
      if (!(await listJobs(fixture.queue)).includes(job)) return 0
      const { listed, totals } = await fixture.status(job)
      return listed.objects + totals.done.objects + totals.skipped.objects
    }
    /** The plaintext of an object, whichever it is at the moment; faults are met here, too. */
    const contentOfObject = async (name: string, attempts = 5): Promise<Buffer> => {
      try {
        const { content, res } = await oss.get(name)
        const isEncrypted = 'x-oss-meta-x-oss-meta-header' in res.headers
        return isEncrypted ? (await client.get(name)).content : content
      } catch (error) {
        if (attempts === 1) throw error
        return contentOfObject(name, attempts - 1)
      }
    }
    let kills = 0
    let before = 0
    for (; kills < 9; kills++) {
      // So many objects were listed, or are through, since the last kill.
      const enough = before + 1 + Math.random() * 40
      await until(async () => (before = await progressOf(id)) >= enough, 60_000)
      // One that is killed goes; another one takes its place.
      const place = kills % running.length
      running[place]?.child.kill('SIGKILL')
      running[place] = place === 0 ? list() : work()
      // At every moment each object is there, as it was or encrypted.
      const index = Math.floor(Math.random() * count)
      expect(await contentOfObject(names[index]!)).toEqual(contentOf(index))
    }
    // It was killed while it was worked on, and not before, or after.
    expect(kills).toBe(9)
    cloud.faults.clear()
    const last = fixture.spawnWorker({ untilDone: true })
    expect(await last.ended, last.said().stderr).toBe(0)

    const { outcomes, totals, missing } = await fixture.report(id)
    expect(missing).toBe(0)
    expect(outcomes.map(({ name }) => name)).toEqual(names)
    for (const [index, { name, status, reason }] of outcomes.entries()) {
      expect((await client.get(name, { requireBinding: true })).content).toEqual(contentOf(index))
      // One that was encrypted in the moment of a kill is found to be encrypted.
      expect(['done', 'skipped AlreadyEncrypted']).toContain(status === 'done' ? status : `${status} ${String(reason)}`)
      if (index % 4 === 0) expect(reason).toBe('AlreadyEncrypted')
    }
    const status = await fixture.status(id)
    expect(status.state).toBe('finished')
    expect(status.totals).toEqual(totals)
    // Four objects at a time are all that a kill can leave unknown.
    expect(totals.done.objects).toBeGreaterThan((count * 3) / 4 - 4 * kills)
  })
})
