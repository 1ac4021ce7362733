import { writeFileSync } from 'node:fs'
import { formatGoal } from './format-results.mjs'

/**
 * Writes RESULTS.md.
 *
 * @param {import('./result.js').Run} run
 * @param {readonly import('./result.js').SectionResults[]} measured
 */
export function writeResults(run, measured) {
  const versions = Object.entries(run.versions).map(([name, version]) => `${name} ${version}`)
  const lines = [
    '# Results of the last full run',
    '',
    `Written by \`npm run bench\`. ${run.date}; ${run.machine}; ${versions.join(', ')}; ${Math.round(run.elapsedMs / 60_000)} minutes.`,
    'Ratios hold within one run; absolute figures drift by a factor of two on shared machines.',
    ...measured.flatMap(({ title, results }) => [
      '',
      `## ${title}`,
      '',
      '| | ours | theirs | unit | ratio | spread | goal |',
      '|---|---:|---:|---|---:|---:|---|',
      ...results.map((result) => {
        const { name, ours, baseline, unit, ratio, spread } = result
        return `| ${name} | ${ours} | ${baseline} | ${unit} | ${ratio} | ${spread.join('-')} | ${formatGoal(result)} |`
      }),
    ]),
  ]
  writeFileSync(new URL('../RESULTS.md', import.meta.url), `${lines.join('\n')}\n`)
}
