// Also as a program that forkProgram runs: measures with as many threads as its environment says.
import { createBench } from '../compete.mjs'
import { forkProgram, serveParent } from '../forked-program.mjs'
import { formatLength } from '../format-length.mjs'
import { createFloeContestant } from '../peers/osscrypt-floe.mjs'
import { createGcm } from '../peers/osscrypt-gcm.mjs'
import { createNodeCrypto } from '../peers/node-crypto.mjs'
import { decryptingStream, encryptingBytes, encryptingStream } from '../throughput.mjs'

const MIB = 2 ** 20
const THREADS = [1, 2, 4]

/** @type {import('../result.js').RunSection} */
export async function run(bench) {
  for (const threads of THREADS) {
    const program = await forkProgram(import.meta.url, { quick: bench.quick }, { UV_THREADPOOL_SIZE: String(threads) })
    try {
      const results = /** @type {import('../result.js').Result[]} */ (await program.ask())
      for (const { name, ours, baseline, baselineName, unit } of results) {
        const what = name.slice(0, name.lastIndexOf(' vs '))
        const figures = { unit, ours: [ours], baseline: [baseline], baselineName }
        bench.record({ ...figures, name: `${what}, ${threads} ${threads === 1 ? 'thread' : 'threads'}` })
      }
    } finally {
      await program.close()
    }
  }
}

/** @param {boolean} quick */
async function measure(quick) {
  const { bench, results } = createBench(quick)
  const length = (quick ? 32 : 256) * MIB
  const nodeCrypto = createNodeCrypto()
  for (const ours of [createGcm(), createFloeContestant(MIB)]) {
    const entries = [ours, nodeCrypto].map((contestant) => ({ contestant, length }))
    const kinds = /** @type {const} */ ([
      ['encrypt', encryptingBytes],
      ['encrypt a stream of', encryptingStream],
      ['decrypt a stream of', decryptingStream],
    ])
    for (const [what, start] of kinds) {
      const [own, theirs] = await /** @type {typeof encryptingBytes} */ (start)(entries)
      if (!own || !theirs) throw new RangeError('nobody takes part')
      await bench.compete({
        name: `${what} ${formatLength(length)}, ${ours.name}`,
        unit: 'MB/s',
        ours: own.measure,
        peers: [{ name: nodeCrypto.name, measure: theirs.measure }],
      })
    }
  }
  return results
}

await serveParent(import.meta.url, async (/** @type {{ quick: boolean }} */ { quick }) => ({
  started: {},
  answer: () => measure(quick),
  close: () => process.exit(),
}))
