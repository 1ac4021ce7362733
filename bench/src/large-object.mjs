import { rmSync } from 'node:fs'
import { formatLength } from './format-length.mjs'
import { createTransfers, MODES } from './large-object-transfers.mjs'
import { takeTurns } from './take-turns.mjs'

const FORMATS = /** @type {const} */ (['gcm', 'floe'])
const SIDES = /** @type {const} */ (['plain', ...FORMATS])
const OPERATIONS = /** @type {const} */ (['put', 'get'])

/** @typedef {import('./large-object-transfers.mjs').Side} Side */
/** @typedef {import('./large-object-transfers.mjs').Mode} Mode */

/** @typedef {Record<'put' | 'get', Record<'gcm' | 'floe', number>>} Goals */

/**
 * What plain ali-oss did in each round: how fast it was, and how busy each process was then, in percent of a processor.
 *
 * @typedef {{ name: string; mode: Mode; megabytesPerSecond: number[]; busyPercent: Record<string, number[]> }} PlainFigures
 */

/**
 * Puts a file as one object and gets it into a file, in both formats, in one stream and in parts, against plain ali-oss doing the same.
 *
 * @param {import('./result.js').Bench} bench
 * @param {import('./local-cloud.mjs').Cloud} cloud
 * @param {{
 *   source: import('./source-file.mjs').SourceFile
 *   folder: string
 *   where: string
 *   goals?: Goals
 *   processes?: Readonly<Record<string, () => Promise<number>>>
 *   limits: import('./take-turns.mjs').TurnLimits & { warmUp: 'all' | 'connections' }
 * }} options `where`: said of it in the names of results; `processes`: how long each has kept processors busy, in milliseconds; `warmUp`: everything once, or small objects only, where the same ran before.
 * @returns {Promise<PlainFigures[]>}
 */
export async function measureLargeObject(bench, cloud, { source, folder, where, goals, processes = {}, limits }) {
  const transfers = createTransfers(cloud, source)
  const target = `${folder}/target`
  const checked = new Set()

  /** Every kind of transfer is looked at the first time. */
  const check = async (/** @type {Side} */ side, /** @type {Mode} */ mode, /** @type {'put' | 'get'} */ operation) => {
    const kind = `${operation} ${side} ${mode}`
    if (checked.has(kind)) return
    checked.add(kind)
    if (operation === 'get') return source.assertSame(target)
    if (source.startsWith(await transfers.peek(side, mode)) !== (side === 'plain')) {
      throw new Error(`${kind}: not stored as it should be`)
    }
  }

  await transfers.warmUp()
  /** @type {PlainFigures[]} */
  const plainFigures = []
  for (const { mode, how, baselines } of MODES) {
    for (const operation of OPERATIONS) {
      const busyPercent = Object.fromEntries(Object.keys(processes).map((name) => [name, /** @type {number[]} */ ([])]))
      const measure = (/** @type {Side} */ side) => async () => {
        // Whoever writes over a file has to free it: that is nobody's part here.
        rmSync(target, { force: true })
        const busyMs = await readAll(processes)
        const startMs = performance.now()
        await (operation === 'put' ? transfers.put(side, mode) : transfers.get(side, mode, target))
        const elapsedMs = performance.now() - startMs
        for (const [name, afterMs] of Object.entries(await readAll(processes))) {
          if (side === 'plain') busyPercent[name]?.push((100 * (afterMs - (busyMs[name] ?? 0))) / elapsedMs)
        }
        await check(side, mode, operation)
        return source.length / 1000 / elapsedMs
      }
      if (limits.warmUp === 'all') {
        for (const side of SIDES) await measure(side)()
        for (const figures of Object.values(busyPercent)) figures.length = 0
      }
      const figures = await takeTurns({ plain: measure('plain'), gcm: measure('gcm'), floe: measure('floe') }, limits)
      const what = `${operation} ${formatLength(source.length)} ${how}`
      for (const format of FORMATS) {
        bench.record({
          name: `${what}, ${format}, ${where}`,
          unit: 'MB/s',
          ours: figures[format],
          baseline: figures.plain,
          baselineName: baselines[operation],
          goal: goals?.[operation][format],
        })
      }
      plainFigures.push({ name: `plain ${what}, ${where}`, mode, megabytesPerSecond: figures.plain, busyPercent })
    }
  }
  rmSync(target)
  return plainFigures
}

/** @param {Readonly<Record<string, () => Promise<number>>>} readings */
async function readAll(readings) {
  /** @type {Record<string, number>} */
  const values = {}
  for (const [name, read] of Object.entries(readings)) values[name] = await read()
  return values
}
