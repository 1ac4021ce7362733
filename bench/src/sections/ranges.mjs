import { startCloud } from '../local-cloud.mjs'
import { countRanges, timeRanges } from '../measure-ranges.mjs'
import { openRangeReaders, putObjects } from '../range-readers.mjs'
import { createScratchFolder } from '../scratch-folder.mjs'
import { startShapedNetwork } from '../shaped-network.mjs'
import { SourceFile } from '../source-file.mjs'

const MIB = 2 ** 20
const RANGE_LENGTHS = [1024, MIB]
const NETWORK = { bytesPerSecond: 1.25e9, roundTripMs: 20 }

/** @type {import('../result.js').RunSection} */
export async function run(bench) {
  const length = (bench.quick ? 64 : 1024) * MIB
  // The file and four objects.
  const scratch = createScratchFolder(5 * length)
  try {
    const source = new SourceFile(`${scratch.path}/source`, length)
    await source.write()
    const local = await startCloud({ folder: `${scratch.path}/cloud` })
    try {
      await putObjects(local.cloud, source.path)
      await measure(bench, local, source)
    } finally {
      await local.close()
    }
  } finally {
    scratch.remove()
  }
}

/**
 * @param {import('../result.js').Bench} bench
 * @param {Awaited<ReturnType<typeof startCloud>>} local
 * @param {SourceFile} source
 */
async function measure(bench, local, source) {
  const { quick } = bench
  const network = await startShapedNetwork(local.cloud, NETWORK)
  try {
    const distant = await openRangeReaders(network.cloud)
    const near = await openRangeReaders(local.cloud)
    for (const rangeLength of RANGE_LENGTHS) {
      const ranges = { source, rangeLength }
      const counts = { requests: local.takeRequestCounts, bytes: network.takeByteCounts }
      await countRanges(bench, distant.readers, { ...ranges, count: quick ? 3 : 50 }, counts)
      const here = {
        ...ranges,
        count: quick ? 15 : 100,
        where: 'loopback',
        rounds: quick ? 3 : 11,
        budgetMs: quick ? 500 : 30_000,
      }
      await timeRanges(bench, near.readers, here)
      const there = {
        ...ranges,
        count: quick ? 3 : 20,
        where: '10 Gbit/s and 20 ms',
        rounds: quick ? 2 : 7,
        budgetMs: quick ? 500 : 30_000,
      }
      await timeRanges(bench, distant.readers, there)
    }
    near.close()
    distant.close()
  } finally {
    await network.close()
  }
}
