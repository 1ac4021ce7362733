/** @typedef {import('./result.js').Result} Result */

/**
 * Results as a table for a terminal.
 *
 * @param {readonly Result[]} results
 */
export function formatSection(results) {
  const rows = results.map((result) => {
    const { name, ours, baseline, unit, ratio, spread } = result
    return [name, `${ours}`, `${baseline} ${unit}`, `${ratio}`, `${spread[0]}-${spread[1]}`, formatGoal(result)]
  })
  const table = [['', 'ours', 'theirs', 'ratio', 'spread', 'goal'], ...rows]
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  return table
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    )
    .join('\n')
}

/** What was to be reached, and whether it was.
 * @param {Result} result
 */
export function formatGoal(result) {
  if (result.goal === null) return ''
  return `${result.better === 'higher' ? '≥' : '≤'} ${result.goal} ${isReached(result) ? '✓' : '✗'}`
}

/** @param {Result} result */
function isReached({ ratio, better, goal }) {
  return goal === null || (better === 'higher' ? ratio >= goal : ratio <= goal)
}
