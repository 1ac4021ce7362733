import { open } from 'node:fs/promises'
import { writeCsvRow } from '../objects/csv.js'
import type { Outcome } from '../operations/outcome.js'
import { readReport } from './read-report.js'

/** The columns, and what stands in them. */
const columns: readonly (readonly [title: string, cell: (outcome: Outcome) => string | number | undefined])[] = [
  ['name', ({ name }) => name],
  ['version', ({ version }) => version?.id],
  ['latest', ({ version }) => version && String(version.isLatest)],
  ['bytes', ({ length }) => length],
  ['status', ({ status }) => status],
  ['reason', ({ reason, code }) => reason ?? code],
  ['kind', ({ kind }) => kind],
  ['cmks', ({ cmkArns }) => cmkArns?.join(' ')],
  ['findings', ({ findings }) => findings?.join(' ')],
  ['dropped', ({ dropped }) => dropped?.join(' ')],
  ['message', ({ message }) => message],
]

/** Lines that are written at a time. */
const BATCH_LENGTH = 1000

/**
 * Writes a job's report as CSV, for a spreadsheet: what would be computed there has a `'` before it.
 *
 * @param report What came of objects, or the report in JSON lines, as the job has written it.
 * @throws the file system's error when there is a file at `path`, which may be another report, or not all of it could be written.
 */
export async function writeCsvReport(report: string | AsyncIterable<Outcome>, path: string): Promise<void> {
  const outcomes = typeof report === 'string' ? readReport(report) : report
  const file = await open(path, 'wx', 0o600)
  try {
    let batch = writeCsvRow(columns.map(([title]) => title))
    let lines = 1
    for await (const outcome of outcomes) {
      batch += writeCsvRow(columns.map(([, cell]) => cell(outcome)))
      if (++lines < BATCH_LENGTH) continue
      await file.appendFile(batch)
      batch = ''
      lines = 0
    }
    await file.appendFile(batch)
  } finally {
    await file.close()
  }
}
