import { formatLength } from './format-length.mjs'

const GIB = 2 ** 30

/** @typedef {import('./result.js').Bench} Bench */

/**
 * Everything that is made for a contest goes with this function.
 *
 * @template {{ contestant: { readonly name: string }; length: number; goal?: number | undefined }} Entry
 * @param {Bench} bench
 * @param {string} name
 * @param {(entries: readonly Entry[]) => Promise<(Entry & { measure: import('./result.js').Measure })[]>} start
 * @param {readonly Entry[]} entries The first is ours.
 */
export async function competeInProcess(bench, name, start, entries) {
  // What the contest before left behind is not to be there still when a GiB is taken for the next.
  globalThis.gc?.()
  const [ours, ...others] = await start(entries)
  if (!ours) throw new RangeError('nobody takes part')
  const peers = others.map(({ contestant, length, measure, goal }) => ({
    name: length < ours.length ? `${contestant.name} (on ${formatLength(length)})` : contestant.name,
    measure,
    goal,
  }))
  const rounds = !bench.quick && ours.length >= GIB ? 4 : undefined
  await bench.compete({ name, unit: 'MB/s', ours: ours.measure, peers, rounds })
}
