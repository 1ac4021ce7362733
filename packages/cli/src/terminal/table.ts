import { printable } from './printable.js'

/** Rows in columns, a line each, without lines around them; numbers to the right where `right` says so. */
export async function formatTable(
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): Promise<readonly string[]> {
  const { default: Table } = await import('cli-table3')
  const names = [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
  ] as const
  const inner = ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'] as const
  const table = new Table({
    chars: { ...Object.fromEntries([...names, ...inner].map((name) => [name, ''])), middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colAligns: (rows[0] ?? []).map((_, index) => (right.includes(index) ? 'right' : 'left')),
  })
  // Cleaned before it is measured: what is shown is longer.
  for (const row of rows) table.push(row.map(printable))
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
}
