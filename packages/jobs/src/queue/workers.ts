import { hostname } from 'node:os'
import { PACKAGE_VERSION } from './package-version.js'
import type { JobQueue } from './redis-connection.js'
import type { RedisClient } from './scripts.js'

/** What a worker says of itself. */
export interface WorkerInfo {
  readonly id: string
  readonly host: string
  readonly processId: number
  /** Of osscrypt-jobs. */
  readonly version: string
  /** Objects that it works on at a time. */
  readonly jobs: number
  readonly seenAt: Date
}

/** Who was silent for so long is not there. */
const SILENT_AFTER_MS = 15_000

/** The workers that are there. */
export async function listWorkers({ client, keys }: JobQueue): Promise<readonly WorkerInfo[]> {
  const [known, nowMs] = await Promise.all([client.hgetall(keys.workers), readClock(client)])
  const workers = Object.entries(known).map(([id, text]) => {
    const info = JSON.parse(text) as Omit<WorkerInfo, 'id' | 'seenAt'> & { readonly seenAt: number }
    return { ...info, id, seenAt: new Date(info.seenAt) }
  })
  return workers.filter(({ seenAt }) => seenAt.getTime() > nowMs - SILENT_AFTER_MS)
}

/** Says that a worker is there. */
export async function announceWorker(queue: JobQueue, id: string, jobs: number): Promise<void> {
  const { client, keys } = queue
  const seenAt = await readClock(client)
  const info = { host: hostname(), processId: process.pid, version: PACKAGE_VERSION, jobs, seenAt }
  await client.hset(keys.workers, id, JSON.stringify(info))
}

/** Takes a worker off the list, and those that ended without doing so. */
export async function removeWorker(queue: JobQueue, id: string): Promise<void> {
  const { client, keys } = queue
  const there = new Set((await listWorkers(queue)).map((worker) => worker.id))
  const gone = (await client.hkeys(keys.workers)).filter((each) => each === id || !there.has(each))
  if (gone.length > 0) await client.hdel(keys.workers, ...gone)
}

/** The clock of Redis, which is one for all machines. */
async function readClock(client: RedisClient): Promise<number> {
  const [seconds] = await client.time()
  return Number(seconds) * 1000
}
