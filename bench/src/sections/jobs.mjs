import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { listWorkers, openQueue, readStatus, startJob } from 'osscrypt-jobs/queue'
import { isRedisInstalled, startRedis } from '../../../tools/redis-server.mjs'
import { createStore, startCloud } from '../local-cloud.mjs'
import { startLoneRunner } from '../lone-runner.mjs'
import { startQueueWorker } from '../queue-worker.mjs'
import { startShapedNetwork } from '../shaped-network.mjs'

const ROUND_TRIP_MS = 20
const BYTES_PER_SECOND = 125e7
const OBJECT_LENGTH = 4096
/** Objects at a time, of each worker: few, so that it is the latency that they wait for, and not the processors of one machine. */
const JOBS = 2
const LINEAR_GOAL = 0.85
const BUCKET = 'bench'

const command = fileURLToPath(new URL('../../../packages/cli/bin/osscrypt.js', import.meta.url))

/** @type {import('../result.js').RunSection} */
export async function run(bench) {
  if (!isRedisInstalled()) {
    console.error('redis-server is not installed: jobs over Redis are not measured')
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'osscrypt-bench-'))
  const local = await startCloud()
  const network = await startShapedNetwork(local.cloud, {
    bytesPerSecond: BYTES_PER_SECOND,
    roundTripMs: ROUND_TRIP_MS,
  })
  const redis = await startRedis()
  try {
    await measure(bench, { near: local.cloud, far: network.cloud, url: redis.url, folder })
  } finally {
    await redis.close()
    await network.close()
    await local.close()
    rmSync(folder, { recursive: true })
  }
}

/** @typedef {import('../local-cloud.mjs').Cloud} Cloud */
/** @typedef {{ near: Cloud; far: Cloud; url: string; folder: string }} Place `far`: the same cloud through the network. */

/**
 * Encrypts buckets of small objects by workers, by one process, and by a loop of a shell.
 *
 * @param {import('../result.js').Bench} bench
 * @param {Place} place
 */
async function measure(bench, place) {
  const rounds = bench.quick ? 1 : 3
  const objectsOfAWorker = bench.quick ? 40 : 100
  /** @type {Record<'one' | 'two' | 'four' | 'alone' | 'loop', number[]>} */
  const rates = { one: [], two: [], four: [], alone: [], loop: [] }
  for (let round = 0; round < rounds; round += 1) {
    rates.one.push(await rateOfWorkers(place, 1, objectsOfAWorker))
    rates.two.push(await rateOfWorkers(place, 2, 2 * objectsOfAWorker))
    rates.four.push(await rateOfWorkers(place, 4, 4 * objectsOfAWorker))
    rates.alone.push(await rateOfOneProcess(place, objectsOfAWorker))
    rates.loop.push(await rateOfLoop(place, bench.quick ? 4 : 12))
  }
  const what = `encrypt objects of 4 KiB, ${JOBS} at a time in each worker, OSS and KMS at ${ROUND_TRIP_MS} ms`
  const unit = 'objects/s'
  const times = (/** @type {number} */ factor) => rates.one.map((rate) => rate * factor)
  const linear = { baselineName: 'as many times one worker', unit, goal: LINEAR_GOAL }
  bench.record({ name: `${what}: 2 workers`, ours: rates.two, baseline: times(2), ...linear })
  bench.record({ name: `${what}: 4 workers`, ours: rates.four, baseline: times(4), ...linear })
  bench.record({
    name: `${what}: 1 worker over Redis`,
    unit,
    ours: rates.one,
    baseline: rates.alone,
    baselineName: 'the runner in one process',
  })
  bench.record({
    name: `${what}: 1 worker over Redis`,
    unit,
    ours: rates.one,
    baseline: rates.loop,
    baselineName: 'a shell loop of `osscrypt cp` (which reads nothing back)',
  })
}

/**
 * Objects a second in the middle of a job: without the time until the workers have found it, and the last objects, that some of them have none of.
 *
 * @param {Place} place
 * @param {number} count workers
 * @param {number} objects
 */
async function rateOfWorkers({ near, far, url }, count, objects) {
  const prefix = await putObjects(near, objects)
  const workers = await Promise.all(
    Array.from({ length: count }, () => startQueueWorker({ cloud: far, url, jobs: JOBS })),
  )
  const queue = await openQueue({ url })
  try {
    while ((await listWorkers(queue)).length < count) await wait(50)
    const spec = { bucket: BUCKET, prefix, task: { operation: /** @type {const} */ ('encrypt') } }
    const id = await startJob(queue, spec, { bucket: createStore(near), batchLength: 5 })
    /** @type {{ atMs: number; done: number }[]} */
    const looks = []
    for (;;) {
      const { state, totals } = await readStatus(queue, id)
      const done = totals.done.objects
      if (done >= objects * 0.1 && done <= objects * 0.9) looks.push({ atMs: performance.now(), done })
      if (state === 'finished') {
        if (done !== objects) throw new Error(`${done} of ${objects} objects were encrypted`)
        break
      }
      await wait(50)
    }
    const [first, last] = [looks[0], looks.at(-1)]
    if (!first || !last || last.done === first.done) throw new Error('too few objects to measure by')
    return ((last.done - first.done) * 1000) / (last.atMs - first.atMs)
  } finally {
    await queue.close()
    await Promise.all(workers.map(({ close }) => close()))
  }
}

/**
 * @param {Place} place
 * @param {number} objects
 */
async function rateOfOneProcess({ near, far, folder }, objects) {
  const prefix = await putObjects(near, objects)
  const runner = await startLoneRunner({ cloud: far, jobs: JOBS })
  try {
    const spec = { bucket: BUCKET, prefix, task: { operation: /** @type {const} */ ('encrypt') } }
    const { seconds, done } = await runner.run({ spec, folder: join(folder, prefix) })
    if (done !== objects) throw new Error(`${done} of ${objects} objects were encrypted`)
    return objects / seconds
  } finally {
    await runner.close()
  }
}

/**
 * Files that a shell encrypts and uploads one after the other.
 *
 * @param {Place} place
 * @param {number} objects
 */
async function rateOfLoop({ far, folder }, objects) {
  const file = join(folder, 'file')
  writeFileSync(file, randomBytes(OBJECT_LENGTH))
  const env = {
    ...process.env,
    OSSCRYPT_CMK: far.cmkArn,
    OSSCRYPT_KMS_ENDPOINT: far.kmsEndpoint,
    OSS_ENDPOINT: far.ossOptions.endpoint,
    OSSCRYPT_REGION: 'cn-hangzhou',
    ALIBABA_CLOUD_ACCESS_KEY_ID: far.credentials.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: far.credentials.accessKeySecret,
    NODE: process.execPath,
    COMMAND: command,
    FILE: file,
  }
  const line = `for i in $(seq ${objects}); do "$NODE" "$COMMAND" cp -fq "$FILE" "oss://${BUCKET}/loop/$i" || exit 1; done`
  const startMs = performance.now()
  const shell = spawn('sh', ['-c', line], { env, stdio: ['ignore', 'ignore', 2] })
  const [code] = await once(shell, 'exit')
  if (code !== 0) throw new Error(`the loop ended with ${code}`)
  return (objects * 1000) / (performance.now() - startMs)
}

let prefixes = 0

/**
 * Puts plain objects below a prefix of their own, straight into the cloud.
 *
 * @param {Cloud} cloud
 * @param {number} objects
 */
async function putObjects(cloud, objects) {
  const store = createStore(cloud)
  prefixes += 1
  const prefix = `job-${prefixes}/`
  for (let from = 0; from < objects; from += 16) {
    const names = Array.from({ length: Math.min(16, objects - from) }, (_, index) => `${prefix}${from + index}`)
    await Promise.all(names.map((name) => store.put(name, randomBytes(OBJECT_LENGTH))))
  }
  return prefix
}
