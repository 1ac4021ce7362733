/** Characters of a row at most: no row of an inventory comes near, whose longest cell is a name of 1023 bytes, URL-encoded. */
const MAX_ROW_LENGTH = 64 * 1024

/**
 * The rows of a text in CSV (RFC 4180), however it was cut into pieces. Empty lines are none.
 *
 * @throws SyntaxError when the text ends within quotes, or a row is longer than 64 KiB.
 */
export async function* readCsv(pieces: AsyncIterable<string>): AsyncGenerator<string[]> {
  let row: string[] = []
  let cell = ''
  let rowLength = 0
  /** `closing`: behind a quote that ends the cell, or is the first of two. */
  let state: 'plain' | 'quoted' | 'closing' = 'plain'
  for await (const piece of pieces) {
    /** Where that begins which is not in the cell yet. */
    let start = 0
    for (let at = 0; at < piece.length; at++) {
      const character = piece[at]
      if (++rowLength > MAX_ROW_LENGTH) throw new SyntaxError('a row of the CSV does not end')
      if (state === 'quoted') {
        if (character !== '"') continue
        cell += piece.slice(start, at)
        state = 'closing'
      } else if (character === '"') {
        const isFirst = state === 'plain' && cell === '' && start === at
        if (state === 'plain' && !isFirst) continue
        // Two of them are one that is meant.
        start = isFirst ? at + 1 : at
        state = 'quoted'
      } else if (character === ',' || character === '\n') {
        if (state === 'plain') cell += piece.slice(start, at)
        row.push(state === 'plain' && character === '\n' ? cell.replace(/\r$/, '') : cell)
        cell = ''
        start = at + 1
        state = 'plain'
        if (character === ',') continue
        if (row.length > 1 || row[0] !== '') yield row
        row = []
        rowLength = 0
      }
    }
    if (state !== 'closing') cell += piece.slice(start)
  }
  if (state === 'quoted') throw new SyntaxError('the CSV ends within quotes')
  if (row.length > 0 || cell !== '') yield [...row, cell]
}

/** A row in CSV. Spreadsheets compute what begins with `=` and the like: a `'` stands before it. Some of them part cells at `;` or tabs: these are quoted, too. */
export function writeCsvRow(cells: readonly (string | number | undefined)[]): string {
  return `${cells.map(quoteCell).join(',')}\r\n`
}

function quoteCell(cell: string | number | undefined): string {
  if (cell === undefined || typeof cell === 'number') return String(cell ?? '')
  const harmless = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",;\t\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
