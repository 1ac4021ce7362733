import { expect, test } from 'vitest'
import type { JobStatus } from 'osscrypt-jobs/queue'
import { describeProgressOf, describeStatus } from '../src/jobs/describe-status.js'
import { watchJob } from '../src/jobs/watch-job.js'
import { Progress } from '../src/terminal/progress.js'
import type { Report } from '../src/terminal/report.js'

const none = { objects: 0, bytes: 0 }

/** A job with 1000 objects listed, 250 of them through. */
function statusOf(more: Partial<JobStatus>): JobStatus {
  return {
    id: 'j',
    spec: { bucket: 'b', task: { operation: 'verify' } },
    rates: {},
    state: 'running',
    createdAt: new Date(0),
    version: '1.0.0',
    listed: { objects: 1000, bytes: 5000 },
    expected: { objects: 1000, bytes: 5000 },
    batches: { listed: 20, waiting: 10, active: 5, delayed: 0, finished: 5, dead: 0 },
    totals: {
      ...{ done: { objects: 200, bytes: 0 }, skipped: { objects: 50, bytes: 0 }, failed: none, tampered: none },
      ...{ reasons: {}, kinds: {}, oldVersions: {}, findings: {}, cmks: {} },
    },
    ...more,
  }
}

test.each<[string, Partial<JobStatus>, string]>([
  ['all is listed', {}, 'j  running  250 of 1000 objects  25 %  10.0/s  1:15 left  2 workers'],
  [
    'it is listed still',
    { state: 'listing', expected: undefined },
    'j  listing  250 of 1000+ objects  10.0/s  2 workers',
  ],
  [
    'it was counted before',
    { state: 'listing', expected: { objects: 2000, bytes: 1 } },
    'j  listing  250 of 2000 objects  12 %  10.0/s  2:55 left  2 workers',
  ],
  [
    'there are more than were counted',
    { state: 'listing', expected: { objects: 200, bytes: 1 } },
    'j  listing  250 of 200 objects  100 %  10.0/s  0:00 left  2 workers',
  ],
  ['it stands', { state: 'paused' }, 'j  paused  250 of 1000 objects  25 %  10.0/s  2 workers'],
])('how far a queued job is, when %s', (_, more, line) => {
  expect(describeProgressOf(statusOf(more), 2, 10)).toBe(line)
})

test('no percentage is told of what nobody has counted', () => {
  const line = (more: Partial<JobStatus>) =>
    describeStatus(statusOf(more), []).find((each) => each.startsWith('through'))
  expect(line({})).toMatch(/250 \(25 %\)$/)
  expect(line({ state: 'listing', expected: undefined })).toMatch(/250$/)
})

/** What progress is told, in order, by the names of its methods. */
function recordProgress() {
  const told: unknown[][] = []
  const note =
    (name: string) =>
    (...args: unknown[]) =>
      void told.push([name, ...args])
  const progress = Object.assign(Object.create(Progress.prototype) as Progress, {
    ...Object.fromEntries(['plan', 'expect', 'expectAll', 'passed', 'planned'].map((name) => [name, note(name)])),
  })
  return { told, report: { progress } as unknown as Report }
}

const objects = [3, 4].map((length) => ({
  name: String(length),
  length,
  lastModified: new Date(0),
  storageClass: 'Standard',
}))

test('the total of a job in this process is known when all is listed', () => {
  const { told, report } = recordProgress()
  const watcher = watchJob(report, 'verify', 'b')
  watcher.resumed?.({ objects: 10, bytes: 100 })
  watcher.listed?.(objects)
  watcher.known?.(objects[0]!)
  watcher.allListed?.()
  expect(told).toEqual([
    ['plan'],
    ['passed', 10, 100],
    ['expect', 100, 10],
    ['expect', 3],
    ['expect', 4],
    ['passed', 1, 3],
    ['planned'],
  ])
})

test('where it was counted before, from the start', () => {
  const { told, report } = recordProgress()
  const watcher = watchJob(report, 'verify', 'b', { objects: 12, bytes: 107 })
  watcher.resumed?.({ objects: 10, bytes: 100 })
  watcher.listed?.(objects)
  expect(told).toEqual([['plan'], ['expectAll', 12, 107], ['passed', 10, 100]])
})
