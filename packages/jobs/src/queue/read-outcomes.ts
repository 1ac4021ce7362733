import type { Outcome } from '../operations/outcome.js'
import { readRecord } from './job-record.js'
import { Outcomes } from './outcomes.js'
import type { JobQueue } from './redis-connection.js'

/** What came of a job's objects, as far as it is known, in the order in which they were listed. @throws QueueError `UnknownJob`. */
export async function* readOutcomes(queue: JobQueue, id: string): AsyncGenerator<Outcome> {
  const record = await readRecord(queue, id)
  const outcomes = new Outcomes(queue, record)
  for (let number = 1; number <= record.listing.batches; number++) yield* await outcomes.of(number)
}
