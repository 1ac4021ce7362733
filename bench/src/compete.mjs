import { median } from './median.mjs'
import { takeTurns } from './take-turns.mjs'

/** @typedef {import('./result.js').Result} Result */

/**
 * What a section measures with, and the list that its results are put in.
 *
 * @param {boolean} quick
 * @returns {{ bench: import('./result.js').Bench; results: Result[] }}
 */
export function createBench(quick) {
  /** @type {Result[]} */
  const results = []
  /** @type {import('./result.js').Bench['record']} */
  const record = ({ name, unit, better = 'higher', ours, baseline, baselineName, goal = null }) => {
    const ratios = ours.map((value, round) => value / (baseline[round] ?? NaN))
    results.push({
      name: `${name} vs ${baselineName}`,
      ours: rounded(median(ours)),
      baseline: rounded(median(baseline)),
      baselineName,
      unit,
      ratio: rounded(median(ratios)),
      spread: [rounded(Math.min(...ratios)), rounded(Math.max(...ratios))],
      rounds: ours.length,
      better,
      goal,
    })
  }
  return { bench: { quick, record, compete: (contest) => compete(contest, quick, record) }, results }
}

/**
 * A round measures every contestant once, each round beginning with another, so that a machine that gets slower or faster does so for all. What
 * comes before the first round warms up and is not counted.
 *
 * @param {import('./result.js').Contest} contest
 * @param {boolean} quick
 * @param {import('./result.js').Bench['record']} record
 */
async function compete({ name, unit, better, ours, peers, rounds }, quick, record) {
  const measures = Object.fromEntries(peers.map((peer) => [peer.name, peer.measure]))
  for (const measure of [ours, ...Object.values(measures)]) await measure()
  const figures = await takeTurns({ ours, ...measures }, { rounds: rounds ?? (quick ? 3 : 5) })
  for (const { name: baselineName, goal } of peers) {
    const baseline = /** @type {Record<string, number[]>} */ (figures)[baselineName] ?? []
    record({ name, unit, better, ours: figures.ours, baseline, baselineName, goal })
  }
}

/** Four significant digits: there are no more in a measurement.
 * @param {number} value
 */
function rounded(value) {
  return Number(value.toPrecision(4))
}
