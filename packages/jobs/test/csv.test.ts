import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readCsv, writeCsvRow } from '../src/objects/csv.js'

async function parse(pieces: readonly string[]): Promise<string[][]> {
  const rows: string[][] = []
  for await (const row of readCsv(
    (async function* () {
      yield* pieces
    })(),
  ))
    rows.push(row)
  return rows
}

test.each([
  [
    'a,b\nc,d\n',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  ['"a","b""c",3', [['a', 'b"c', '3']]],
  [
    '"a,\r\nb",c\r\n\r\nd,e\r\n',
    [
      ['a,\r\nb', 'c'],
      ['d', 'e'],
    ],
  ],
  ['"",\n', [['', '']]],
  ['a"b,c\n', [['a"b', 'c']]],
  ['', []],
])('%j', async (text, rows) => {
  expect(await parse([text])).toEqual(rows)
  expect(await parse(Array.from({ length: text.length }, (_, at) => text.charAt(at)))).toEqual(rows)
})

test('however it is cut, what was written is read', async () => {
  const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', ';', '\t', '\n', '\r', 'é', '文') })
  const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(rows, fc.array(fc.nat(60)), async (written, cuts) => {
      const text = written.map((row) => writeCsvRow(row)).join('')
      const places = [0, ...cuts.map((cut) => Math.min(cut, text.length)).sort((one, other) => one - other)]
      const pieces = places.map((from, index) => text.slice(from, places[index + 1] ?? text.length))
      // What a spreadsheet would compute has a mark before it.
      const expected = written.map((row) => row.map((each) => (/^[\r\t=+@-]/.test(each) ? `'${each}` : each)))
      expect(await parse(pieces)).toEqual(expected)
    }),
  )
})

test('what a spreadsheet would compute is text', () => {
  expect(writeCsvRow(['=HYPERLINK("x")', '-1', 5, undefined])).toBe(`"'=HYPERLINK(""x"")",'-1,5,\r\n`)
})

test('what some spreadsheets would part a cell at is quoted', () => {
  expect(writeCsvRow(['a;=1+1', 'b\t=1+1', 'c'])).toBe('"a;=1+1","b\t=1+1",c\r\n')
})

test('a text that ends within quotes is cut', async () => {
  await expect(parse(['"a'])).rejects.toBeInstanceOf(SyntaxError)
})

test.each(['a', '"', 'a,'])('a row of %j that does not end is not read on', async (text) => {
  const pieces = Array.from({ length: 1000 }, () => text.repeat(1000))
  let taken = 0
  const counted = (async function* () {
    for (const piece of pieces) {
      taken++
      yield piece
    }
  })()
  await expect(readCsv(counted).next()).rejects.toBeInstanceOf(SyntaxError)
  expect(taken * text.length).toBe(66)
})

test('rows are limited, a text is not', async () => {
  const row = 'a'.repeat(65_535)
  expect(await parse(Array.from({ length: 20 }, () => `${row}\n`))).toEqual(Array.from({ length: 20 }, () => [row]))
})
