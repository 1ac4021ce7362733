import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { formatLength } from './format-length.mjs'
import { startCloud } from './local-cloud.mjs'
import { checkPatternedBytes, writePatternedFile } from './patterned-bytes.mjs'
import { takeTurns } from './take-turns.mjs'

/** Over the process at rest. */
const LIMIT_MIB = 96
const script = fileURLToPath(new URL('measured-transfer.mjs', import.meta.url))

/** @typedef {Omit<import('./measured-transfer.mjs').Transfer, 'cloud' | 'path' | 'length' | 'temporaryFolder'>} Move */

/**
 * What is moved, by whom, and who else does the same. What puts an object comes before what gets it.
 *
 * @typedef {{ title: string; ours: Move; plain?: Move }} Comparison
 */

const plainPutStream = /** @type {const} */ ({ contestant: 'ali-oss', action: 'put-stream', name: 'plain-stream' })
const plainPutFile = /** @type {const} */ ({ contestant: 'ali-oss', action: 'put-file', name: 'plain-file' })
const plainGetFile = /** @type {const} */ ({ contestant: 'ali-oss', action: 'get-file', name: 'plain-file' })
const plainGetStream = /** @type {const} */ ({ contestant: 'ali-oss', action: 'get-stream', name: 'plain-stream' })

/** @type {readonly Comparison[]} */
export const allMoves = [
  { title: 'put of a stream, floe', ours: encrypted('put-stream', 'floe', 'floe-stream'), plain: plainPutStream },
  { title: 'put of a file, gcm', ours: encrypted('put-file', 'gcm', 'gcm-file'), plain: plainPutFile },
  { title: 'put of a file, floe', ours: encrypted('put-file', 'floe', 'floe-file'), plain: plainPutFile },
  { title: 'get into a file, gcm', ours: encrypted('get-file', 'gcm', 'gcm-file'), plain: plainGetFile },
  { title: 'get into a file, floe', ours: encrypted('get-file', 'floe', 'floe-file'), plain: plainGetFile },
  { title: 'getStream, floe', ours: encrypted('get-stream', 'floe', 'floe-stream'), plain: plainGetStream },
]

/**
 * The same against the limit alone: what grows with the length is seen on long objects.
 *
 * @type {readonly Comparison[]}
 */
export const longMoves = allMoves.map(({ title, ours }) => ({ title, ours }))

/**
 * Measures how much memory each move takes, in a process of its own, against a cloud in another.
 *
 * @param {import('./result.js').Bench} bench
 * @param {string} folder for files, beside those of the cloud
 * @param {{ comparisons: readonly Comparison[]; wantedLength: number; copies: number; rounds: number }} options with how often the disk has to hold
 * an object of `wantedLength` bytes at a time; where it cannot, objects are shorter
 */
export async function measureMemory(bench, folder, { comparisons, wantedLength, copies, rounds }) {
  const length = Math.min(wantedLength, await fittingLength(folder, copies))
  const source = join(folder, 'source')
  const { cloud, close } = await startCloud()
  try {
    const moves = [...new Set(comparisons.flatMap(({ ours, plain }) => (plain ? [ours, plain] : [ours])))]
    if (moves.some(({ action }) => action === 'put-file')) await writePatternedFile(source, length)
    const measures = moves.map((move) => async () => {
      const path = move.action === 'put-file' ? source : join(folder, 'target')
      const transfer = { ...move, cloud, path, length, temporaryFolder: folder }
      const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(transfer)])
      if (move.action === 'get-file') {
        await checkPatternedBytes(createReadStream(path), length)
        await rm(path)
      }
      return Number(stdout)
    })
    const figures = await takeTurns(Object.fromEntries(measures.entries()), { rounds })
    for (const { title, ours, plain } of comparisons) {
      const own = highest(figures[moves.indexOf(ours)])
      const name = `Peak memory over the process at rest, ${title}, ${formatLength(length)}`
      const result = /** @type {const} */ ({ name, unit: 'MiB', better: 'lower', ours: own })
      const baseline = own.map(() => LIMIT_MIB)
      bench.record({ ...result, baseline, baselineName: `the limit of ${LIMIT_MIB} MiB`, goal: 1 })
      if (!plain) continue
      bench.record({ ...result, baseline: highest(figures[moves.indexOf(plain)]), baselineName: 'plain ali-oss' })
    }
  } finally {
    await close()
    await rm(source, { force: true })
  }
}

/** The highest of all rounds: a limit is one for every run.
 * @param {readonly number[]} [figures]
 */
function highest(figures = []) {
  return [Math.max(...figures)]
}

/**
 * How many bytes, in whole MiB, the disk holds so often, with a tenth of it left to others.
 *
 * @param {string} folder
 * @param {number} copies
 */
async function fittingLength(folder, copies) {
  const { bavail, bsize } = await statfs(folder)
  return Math.floor((bavail * bsize * 0.9) / copies / 2 ** 20) * 2 ** 20
}

/**
 * @param {Move['action']} action
 * @param {'gcm' | 'floe'} format
 * @param {string} name
 * @returns {Move}
 */
function encrypted(action, format, name) {
  return { contestant: 'osscrypt', action, format, name }
}
