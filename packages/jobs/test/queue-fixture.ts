import { spawn, type ChildProcess } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { JobSpec, Outcome, Task } from 'osscrypt-jobs'
import {
  openQueue,
  readStatus,
  runWorker,
  startJob,
  writeJobReport,
  type JobQueue,
  type JobStatus,
  type QueueAddress,
  type QueueReport,
  type RunWorkerOptions,
  type StartJobOptions,
} from 'osscrypt-jobs/queue'
import { startRedis } from '../../../tools/redis-server.mjs'
import { useBucket, type BucketFixture } from './bucket-fixture.js'

/** A process of a test. */
export interface Running {
  readonly child: ChildProcess
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
  readonly said: () => { readonly stdout: string; readonly stderr: string }
}

/** A bucket, a queue, and what tests of jobs over Redis need. */
export interface QueueFixture {
  readonly bucket: BucketFixture
  readonly redis: Awaited<ReturnType<typeof startRedis>>
  /** Of a queue that no other test uses. */
  readonly address: QueueAddress
  readonly queue: JobQueue
  spec(task: Task, more?: Partial<JobSpec>): JobSpec
  start(task: Task, options?: Partial<StartJobOptions>, more?: Partial<JobSpec>): Promise<string>
  /** A worker in this process, by default until everything is done. */
  work(options?: Partial<RunWorkerOptions>): Promise<void>
  /** A worker in a process of its own. */
  spawnWorker(options?: object): Running
  /** A process that starts a job, or goes on with its listing. */
  spawnLister(options: object): Running
  status(id: string): Promise<JobStatus>
  /** The report of a job, and what is said of it. */
  report(id: string): Promise<QueueReport & { readonly outcomes: readonly Outcome[] }>
}

const workerProgram = fileURLToPath(new URL('run-queue-worker.mjs', import.meta.url))
const listerProgram = fileURLToPath(new URL('run-queue-lister.mjs', import.meta.url))

export function useQueue(): QueueFixture {
  const fixture = { bucket: useBucket() } as { -readonly [Key in keyof QueueFixture]: QueueFixture[Key] }
  let count = 0
  let children: ChildProcess[] = []
  beforeAll(async () => {
    fixture.redis = await startRedis()
  })
  afterAll(() => fixture.redis.close())
  beforeEach(async () => {
    fixture.address = { url: fixture.redis.url, name: `test-${String(++count)}` }
    fixture.queue = await openQueue(fixture.address)
  })
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL')
    children = []
    await fixture.queue.close()
  })
  fixture.spec = (task, more) => ({ bucket: fixture.bucket.bucket, task, ...more })
  fixture.start = (task, options, more) =>
    startJob(fixture.queue, fixture.spec(task, more), { bucket: fixture.bucket.oss, backoffMs: 50, ...options })
  fixture.work = (options) =>
    runWorker(fixture.address, {
      workplaceOf: () => ({ client: fixture.bucket.client, bucket: fixture.bucket.oss }),
      untilDone: true,
      ...options,
    })
  const run = (path: string, settings: object): Running => {
    const all = { address: fixture.address, oss: ossOptions(), ...settings }
    const child = spawn(process.execPath, [path, JSON.stringify(all)], { stdio: ['ignore', 'pipe', 'pipe'] })
    children.push(child)
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (bytes) => (stdout += String(bytes)))
    child.stderr.on('data', (bytes) => (stderr += String(bytes)))
    const ended = new Promise<number | string>((resolve) =>
      child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown')),
    )
    return { child, ended, said: () => ({ stdout, stderr }) }
  }
  const ossOptions = () => ({ ...fixture.bucket.cloud.ossOptions(fixture.bucket.bucket), timeout: 5000 })
  fixture.spawnWorker = (options) => {
    const { oldCmk: cmkArns, cloud } = fixture.bucket
    return run(workerProgram, { cmkArns, kms: cloud.kmsOptions(), takeOverAfterMs: 2000, ...options })
  }
  fixture.spawnLister = (options) => run(listerProgram, options)
  fixture.status = (id) => readStatus(fixture.queue, id)
  fixture.report = async (id) => {
    const path = join(fixture.bucket.folder, `${id}.jsonl`)
    try {
      const report = await writeJobReport(fixture.queue, id, path)
      const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '')
      return { ...report, outcomes: lines.map((line) => JSON.parse(line)) }
    } finally {
      await rm(path, { force: true })
    }
  }
  return fixture
}

/** Waits until something holds. */
export async function until(holds: () => Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const endMs = Date.now() + timeoutMs
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error('it has not come about')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
