import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { RecordJournal } from '../../src/oss/storage/record-journal.js'

interface Item {
  readonly id: string
  readonly value: number
}

let folder: string
let journal: RecordJournal<Item>

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'osscrypt-journal-'))
  journal = open()
})
afterEach(() => {
  journal.close()
  rmSync(folder, { recursive: true })
})

const open = (): RecordJournal<Item> => new RecordJournal(folder, ({ id }) => id)
const reopened = (): readonly Item[] => {
  const other = open()
  other.close()
  return other.all()
}
const text = (): string => readFileSync(join(folder, 'journal'), 'utf8')

test('has what was put last and not removed', () => {
  journal.put({ id: 'a', value: 1 })
  journal.put({ id: 'b\n', value: 2 })
  journal.put({ id: 'a', value: 3 })
  journal.put({ id: 'c', value: 4 })
  journal.remove({ id: 'c', value: 4 })
  const expected = [
    { id: 'a', value: 3 },
    { id: 'b\n', value: 2 },
  ]
  expect(journal.all()).toEqual(expected)
  expect(reopened()).toEqual(expected)
})

test.each([1, 10, 30])('drops a line that was left %i bytes short, and goes on after it', (missing) => {
  journal.put({ id: 'a', value: 1 })
  journal.put({ id: 'b', value: 2 })
  journal.close()
  writeFileSync(join(folder, 'journal'), text().slice(0, -missing))
  journal = open()
  journal.put({ id: 'c', value: 3 })
  const ids = reopened().map(({ id }) => id)
  // Without its end of line alone, the line is whole.
  expect(ids).toEqual(missing === 1 ? ['a', 'b', 'c'] : ['a', 'c'])
})

test('is written anew when most of it says nothing any more', () => {
  for (let value = 0; value < 10_002; value += 1) journal.put({ id: 'a', value })
  expect(text().split('\n').length).toBeLessThan(10)
  journal.put({ id: 'b', value: 1 })
  expect(reopened()).toEqual([
    { id: 'a', value: 10_001 },
    { id: 'b', value: 1 },
  ])
})

test('takes over records that lie in files of their own', () => {
  journal.put({ id: 'new', value: 1 })
  writeFileSync(join(folder, 'x.json'), JSON.stringify({ id: 'old', value: 2 }))
  writeFileSync(join(folder, 'y.json'), JSON.stringify({ id: 'new', value: 3 }))
  const expected = [
    { id: 'new', value: 1 },
    { id: 'old', value: 2 },
  ]
  expect(reopened()).toEqual(expected)
  expect(reopened()).toEqual(expected)
})
