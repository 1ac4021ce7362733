import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { addOutcome, noTotals, type Totals } from '../runner/totals.js'
import { readRecord } from './job-record.js'
import { readOutcomes } from './read-outcomes.js'
import type { JobQueue } from './redis-connection.js'

/** What a report says. */
export interface QueueReport {
  /** Of what is in the report. */
  readonly totals: Totals
  /** Objects that are queued and not in it, as nothing came of them yet. */
  readonly missing: number
}

/**
 * Writes what came of a job's objects to a new file, as far as it is known: a line of JSON for each, in the order of their names, as `runJob` writes it.
 *
 * @throws QueueError `UnknownJob`; Error with code `EEXIST` for a file that is there.
 */
export async function writeJobReport(queue: JobQueue, id: string, path: string): Promise<QueueReport> {
  const { listing } = await readRecord(queue, id)
  let totals = noTotals
  let objects = 0
  async function* lines() {
    for await (const outcome of readOutcomes(queue, id)) {
      totals = addOutcome(totals, outcome)
      objects++
      yield `${JSON.stringify(outcome)}\n`
    }
  }
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 })
  try {
    await pipeline(Readable.from(lines()), file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') await rm(path, { force: true })
    throw error
  }
  return { totals, missing: listing.objects - objects }
}
