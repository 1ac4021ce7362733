import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Outcome } from '../operations/outcome.js'

/** What came of each object of a job, as its report tells, a line at a time. */
export async function* readReport(reportPath: string): AsyncGenerator<Outcome> {
  const lines = createInterface({ input: createReadStream(reportPath), crlfDelay: Infinity })
  for await (const line of lines) yield JSON.parse(line) as Outcome
}
