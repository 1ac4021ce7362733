import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startBusyServer } from './busy-server.mjs'
import { formatLength } from './format-length.mjs'
import { writePatternedFile } from './patterned-bytes.mjs'
import { requestSteadily } from './request-steadily.mjs'
import { takeTurns } from './take-turns.mjs'

const LIMIT_MS = 10
const ways = /** @type {const} */ (['gcm', 'floe'])

/**
 * Measures how late a process is for what else it does while it encrypts: its event loop, and the answers to requests of this process.
 *
 * @param {import('./result.js').Bench} bench
 * @param {string} folder for the file that is encrypted
 * @param {{ length: number; durationMs: number; rounds: number }} options with the length of one message in bytes, and how long one message after
 * the other is encrypted in each round
 */
export async function measureResponsiveness(bench, folder, { length, durationMs, rounds }) {
  const path = join(folder, 'plaintext')
  await writePatternedFile(path, length)
  const server = await startBusyServer()
  try {
    const measure = async (/** @type {import('./busy-server.mjs').Task} */ task) => {
      const work = server.carryOut(task)
      const latencies = await requestSteadily(server.url, work)
      return { delay: await work, latency: { p50: percentile(latencies, 50), p99: percentile(latencies, 99) } }
    }
    const sources = [
      { origin: 'from memory', source: { length } },
      { origin: 'from a file', source: { path } },
    ]
    const tasks = sources.flatMap(({ origin, source }) =>
      /** @type {const} */ (['node:crypto', ...ways]).map((way) => ({ id: `${way} ${origin}`, way, source })),
    )
    const all = [{ id: 'idle', way: /** @type {const} */ ('idle'), source: { length } }, ...tasks]
    // What is compiled while it runs for the first time is not what a server that has run for a while is like.
    for (const way of ways) await measure({ way, source: { length }, durationMs: 0 })
    const figures = await takeTurns(
      Object.fromEntries(all.map(({ id, way, source }) => [id, () => measure({ way, source, durationMs })])),
      { rounds },
    )
    for (const { origin } of sources) {
      for (const way of ways) {
        for (const kind of /** @type {const} */ (['delay', 'latency'])) {
          const of = (/** @type {string} */ id, /** @type {'p50' | 'p99'} */ which) =>
            (figures[id] ?? []).map((figure) => figure[kind][which])
          const what = kind === 'delay' ? 'Event loop delay' : 'Time to answer a request'
          const during = `while ${formatLength(length)} ${origin} are encrypted, ${way}`
          const ours = of(`${way} ${origin}`, 'p99')
          const p99 = /** @type {const} */ ({ name: `${what}, p99, ${during}`, unit: 'ms', better: 'lower', ours })
          const limit = ours.map(() => LIMIT_MS)
          // How late a request is answered is the work of both processes, and of all that is in between.
          const goal = kind === 'delay' ? 1 : undefined
          bench.record({ ...p99, baseline: limit, baselineName: `the limit of ${LIMIT_MS} ms`, goal })
          const raw = of(`node:crypto ${origin}`, 'p99')
          bench.record({ ...p99, baseline: raw, baselineName: 'node:crypto, giving way each 64 KiB' })
          // Who waits for a file is late by little; that it is so at all is told by the two above.
          if (origin === 'from a file') continue
          bench.record({ ...p99, baseline: of('idle', 'p99'), baselineName: 'the same process idle' })
          const p50 = { ...p99, name: `${what}, p50, ${during}`, ours: of(`${way} ${origin}`, 'p50') }
          bench.record({ ...p50, baseline: of('idle', 'p50'), baselineName: 'the same process idle' })
        }
      }
    }
  } finally {
    await server.close()
    await rm(path)
  }
}

/**
 * @param {readonly number[]} ascending
 * @param {number} percent
 */
function percentile(ascending, percent) {
  return ascending[Math.ceil((ascending.length * percent) / 100) - 1] ?? NaN
}
