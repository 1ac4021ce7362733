import { readProcessorMs } from '../forked-program.mjs'
import { measureLargeObject } from '../large-object.mjs'
import { startCloud } from '../local-cloud.mjs'
import { measureManyObjects } from '../many-objects.mjs'
import { createScratchFolder } from '../scratch-folder.mjs'
import { startShapedNetwork } from '../shaped-network.mjs'
import { SourceFile } from '../source-file.mjs'

const MIB = 2 ** 20
const ROUND_TRIP_MS = 20
const LOOPBACK_GOALS = { put: { gcm: 0.9, floe: 1 }, get: { gcm: 0.9, floe: 0.9 } }
const NETWORK_GOALS = { put: { gcm: 0.98, floe: 0.98 }, get: { gcm: 0.98, floe: 0.98 } }

/** @type {import('../result.js').RunSection} */
export async function run(bench) {
  const length = (bench.quick ? 64 : 1024) * MIB
  // The source, what it is written to, and six objects, each of which is there twice while it is replaced.
  const scratch = createScratchFolder(9 * length)
  try {
    const local = await startCloud({ folder: `${scratch.path}/cloud` })
    try {
      await measure(bench, local, scratch.path, length)
    } finally {
      await local.close()
    }
  } finally {
    scratch.remove()
  }
}

/** @typedef {Awaited<ReturnType<typeof startCloud>>} LocalCloud */

/**
 * @param {import('../result.js').Bench} bench
 * @param {LocalCloud} local
 * @param {string} folder
 * @param {number} length bytes of the large object
 */
async function measure(bench, local, folder, length) {
  const { quick } = bench
  const { cloud } = local
  const small = { length: 4096, count: quick ? 300 : 2000, atATime: 8, goal: 0.8 }
  await measureManyObjects(bench, cloud, { ...small, budgetMs: quick ? 1000 : 10_000 })
  const medium = { length: 1e6, count: quick ? 10 : 50, atATime: 1 }
  await measureManyObjects(bench, cloud, { ...medium, budgetMs: quick ? 500 : 5000 })

  const source = new SourceFile(`${folder}/source`, length)
  await source.write()
  const limits = { rounds: quick ? 3 : 7, leastRounds: quick ? 1 : 2, budgetMs: quick ? 1000 : 15_000 }
  await measureLargeObject(bench, cloud, {
    source,
    folder,
    where: 'loopback',
    goals: LOOPBACK_GOALS,
    limits: { ...limits, warmUp: 'all' },
  })
  const fast = { gigabits: 10, source, goals: NETWORK_GOALS, limits }
  await measureThroughNetwork(bench, local, folder, fast)
  if (quick) return
  // Where this machine cannot carry 10 Gbit/s, what is compared above is the work of its processors. This is a pace that it can carry.
  const shorter = new SourceFile(`${folder}/shorter`, 256 * MIB)
  await shorter.write()
  const slow = { gigabits: 1, source: shorter, limits: { rounds: 3, budgetMs: 12_000 } }
  await measureThroughNetwork(bench, local, folder, slow)
}

/**
 * The large object through a simulated network; and with one stream, how near plain ali-oss came to the network's pace, and what it was that was
 * busy.
 *
 * @param {import('../result.js').Bench} bench
 * @param {LocalCloud} local
 * @param {string} folder
 * @param {{
 *   gigabits: number
 *   source: SourceFile
 *   goals?: import('../large-object.mjs').Goals
 *   limits: import('../take-turns.mjs').TurnLimits
 * }} options
 */
async function measureThroughNetwork(bench, local, folder, { gigabits, source, goals, limits }) {
  const pace = gigabits * 125e6
  const network = await startShapedNetwork(local.cloud, { bytesPerSecond: pace, roundTripMs: ROUND_TRIP_MS })
  try {
    const plain = await measureLargeObject(bench, network.cloud, {
      source,
      folder,
      where: `${gigabits} Gbit/s and ${ROUND_TRIP_MS} ms`,
      ...(goals && { goals }),
      processes: {
        'ali-oss': async () => readProcessorMs(),
        'the local OSS': local.readProcessorMs,
        'the simulated network': network.readProcessorMs,
      },
      limits: { ...limits, warmUp: 'connections' },
    })
    for (const { name, mode, megabytesPerSecond, busyPercent } of plain) {
      if (mode !== 'whole') continue
      const limit = (/** @type {number} */ value) => megabytesPerSecond.map(() => value)
      const paces = { ours: megabytesPerSecond, baseline: limit(pace / 1e6), baselineName: "the network's" }
      bench.record({ name: `limit: pace of ${name}`, unit: 'MB/s', ...paces })
      for (const [process, ours] of Object.entries(busyPercent)) {
        const busy = { ours, baseline: limit(100), baselineName: 'all of its time' }
        bench.record({ name: `limit: ${process} busy with ${name}`, unit: '%', better: 'lower', ...busy })
      }
    }
  } finally {
    await network.close()
  }
}
