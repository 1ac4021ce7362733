import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { digestOfTree, writeFileTree } from '../file-tree.mjs'
import { formatLength } from '../format-length.mjs'
import { startCloud } from '../local-cloud.mjs'
import { osscryptFiles, rcloneFiles } from '../peers/file-stores.mjs'
import { createScratchFolder } from '../scratch-folder.mjs'
import { SourceFile } from '../source-file.mjs'
import { timeProcess } from '../time-process.mjs'

const MIB = 2 ** 20
const FILE_LENGTH = 4096
const GOAL = 1

/** @typedef {import('../peers/file-stores.mjs').FileStore} FileStore */

/** @type {import('../result.js').RunSection} */
export async function run(bench) {
  const count = bench.quick ? 300 : 5000
  const length = (bench.quick ? 64 : 1024) * MIB
  // Every contestant keeps the large file, and one more that it is replaced by; the source, and what comes back.
  const scratch = createScratchFolder(10 * length)
  const { cloud, close } = await startCloud({ folder: `${scratch.path}/cloud` })
  const peers = await rcloneFiles(scratch.path)
  try {
    const ours = osscryptFiles(cloud, `${scratch.path}/states`)
    await measureFiles(bench, ours, peers, { scratch: scratch.path, count })
    await measureLargeFile(bench, ours, peers, { scratch: scratch.path, length })
  } finally {
    for (const peer of peers) await peer.close()
    await close()
    scratch.remove()
  }
}

/**
 * Many small files up, down, and synced when nothing has changed.
 *
 * @param {import('../result.js').Bench} bench
 * @param {FileStore} ours
 * @param {readonly FileStore[]} peers
 * @param {{ scratch: string; count: number }} options
 */
async function measureFiles(bench, ours, peers, { scratch, count }) {
  const [source, back] = [`${scratch}/files`, `${scratch}/files-back`]
  writeFileTree(source, { count, length: FILE_LENGTH })
  const digest = digestOfTree(source)
  const what = `${count} files of ${formatLength(FILE_LENGTH)}`
  let place = 0
  const contest = async (/** @type {string} */ doing, /** @type {(store: FileStore) => Promise<number>} */ measure) => {
    await bench.compete({
      name: `${doing} ${what}`,
      unit: 's',
      better: 'lower',
      ours: () => measure(ours),
      peers: peers.map((store) => ({ name: store.name, measure: () => measure(store), goal: GOAL })),
      rounds: 3,
    })
  }
  for (const store of [ours, ...peers]) {
    await timeProcess(store.up(source, 'kept'), store.env)
    await timeProcess(store.down('kept', back), store.env)
    if (digestOfTree(back) !== digest) throw new Error(`${store.name} did not give back what it was given`)
    rmSync(back, { recursive: true })
  }
  await contest('up:', (store) => timeProcess(store.up(source, `up-${(place += 1)}`), store.env))
  for (const store of [ours, ...peers]) await timeProcess(store.sync(source, 'kept'), store.env)
  await contest('sync, nothing changed:', (store) => timeProcess(store.sync(source, 'kept'), store.env))
  await contest('down:', async (store) => {
    const seconds = await timeProcess(store.down('kept', back), store.env)
    rmSync(back, { recursive: true })
    return seconds
  })
}

/**
 * One large file up and down; age, which knows no store, encrypts and decrypts it from file to file.
 *
 * @param {import('../result.js').Bench} bench
 * @param {FileStore} ours
 * @param {readonly FileStore[]} rclone
 * @param {{ scratch: string; length: number }} options
 */
async function measureLargeFile(bench, ours, rclone, { scratch, length }) {
  const source = new SourceFile(`${scratch}/large`, length)
  const back = `${scratch}/large-back`
  await source.write()
  const stores = [ours, ...rclone]
  const age = ageFiles(scratch)
  const all = age ? [...stores, age] : stores
  for (const store of all) {
    await timeProcess(store.upFile(source.path, 'large'), store.env)
    await timeProcess(store.downFile('large', back), store.env)
    await source.assertSame(back)
    rmSync(back)
  }
  const peers = all.filter((store) => store !== ours)
  for (const direction of /** @type {const} */ (['up', 'down'])) {
    const measure = async (/** @type {typeof all[number]} */ store) => {
      rmSync(back, { force: true })
      const parameters = direction === 'up' ? store.upFile(source.path, 'large') : store.downFile('large', back)
      return timeProcess(parameters, store.env)
    }
    await bench.compete({
      name: `${direction}: a file of ${formatLength(length)}`,
      unit: 's',
      better: 'lower',
      ours: () => measure(ours),
      peers: peers.map((store) => ({ name: store.name, measure: () => measure(store), goal: GOAL })),
      rounds: 3,
    })
  }
}

/**
 * age from file to file, where it is installed.
 *
 * @param {string} folder
 * @returns {Pick<FileStore, 'name' | 'env' | 'upFile' | 'downFile'> | undefined}
 */
function ageFiles(folder) {
  const identity = `${folder}/identity`
  try {
    execFileSync('age-keygen', ['-o', identity], { stdio: 'ignore' })
  } catch {
    console.error('age is not installed: not compared with')
    return undefined
  }
  const recipient = execFileSync('age-keygen', ['-y', identity], { encoding: 'utf8' }).trim()
  return {
    name: 'age, from file to file',
    env: process.env,
    upFile: (file, name) => ['age', '-r', recipient, '-o', `${folder}/${name}.age`, file],
    downFile: (name, file) => ['age', '-d', '-i', identity, '-o', file, `${folder}/${name}.age`],
  }
}
