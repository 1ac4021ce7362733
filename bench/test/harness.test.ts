import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createBench } from '../src/compete.mjs'
import { formatSection } from '../src/format-results.mjs'
import { median } from '../src/median.mjs'
import { takeTurns } from '../src/take-turns.mjs'

test.each([
  [[3], 3],
  [[9, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
])('the median of %j is %d', (figures, expected) => {
  expect(median(figures)).toBe(expected)
})

test('a round measures everything once, and each begins with another', async () => {
  const order: string[] = []
  const measure = (name: string) => () => {
    order.push(name)
    return order.length
  }
  const figures = await takeTurns({ a: measure('a'), b: measure('b'), c: measure('c') }, { rounds: 3 })
  expect(order.join('')).toBe('abcbcacab')
  expect(figures).toEqual({ a: [1, 6, 8], b: [2, 4, 9], c: [3, 5, 7] })
})

test('no round begins when the time is up, but for the least', async () => {
  const limits = { rounds: 10, leastRounds: 2, budgetMs: -1 }
  expect(await takeTurns({ a: () => 7 }, limits)).toEqual({ a: [7, 7] })
})

test('a result has the medians, and the ratio of each round', async () => {
  const { bench, results } = createBench(true)
  // The first of each warms up.
  const ours = [0, 10, 20, 90]
  const theirs = [0, 10, 10, 30]
  await bench.compete({
    name: 'encrypt',
    unit: 'MB/s',
    ours: () => ours.shift() ?? NaN,
    peers: [
      { name: 'peer', measure: () => theirs.shift() ?? NaN, goal: 2.5 },
      { name: 'other', measure: () => 40 },
    ],
  })
  const common = { ours: 20, unit: 'MB/s', rounds: 3, better: 'higher' }
  expect(results).toEqual([
    { ...common, name: 'encrypt vs peer', baseline: 10, baselineName: 'peer', ratio: 2, spread: [1, 3], goal: 2.5 },
    {
      ...common,
      name: 'encrypt vs other',
      baseline: 40,
      baselineName: 'other',
      ratio: 0.5,
      spread: [0.25, 2.25],
      goal: null,
    },
  ])
})

test('a goal that is missed is shown as missed, whichever way is better', () => {
  const { bench, results } = createBench(true)
  const figures = { name: 'x', unit: 'ms', baselineName: 'peer', baseline: [10] }
  bench.record({ ...figures, ours: [9], goal: 0.9 })
  bench.record({ ...figures, ours: [8], goal: 0.9 })
  bench.record({ ...figures, ours: [9], goal: 0.9, better: 'lower' })
  bench.record({ ...figures, ours: [10], goal: 0.9, better: 'lower' })
  bench.record({ ...figures, ours: [10] })
  const [, ...rows] = formatSection(results).split('\n')
  expect(rows.map((row) => /[≥≤].*$/.exec(row)?.[0])).toEqual(['≥ 0.9 ✓', '≥ 0.9 ✗', '≤ 0.9 ✓', '≤ 0.9 ✗', undefined])
})

test('a section that is none is told before anything is installed', async () => {
  const script = fileURLToPath(new URL('../run.mjs', import.meta.url))
  const run = promisify(execFile)(process.execPath, [script, '--only', 'nothing'])
  const { code, stderr } = (await run.catch((error: unknown) => error)) as { code: number; stderr: string }
  expect(code).toBe(2)
  expect(stderr).toContain('no section "nothing"')
  expect(stderr).toContain('sections: in-process, libraries, objects, ranges, kms, memory, size')
})
