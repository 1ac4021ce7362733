import type { WantedState } from './job-record.js'
import type { JobQueue } from './redis-connection.js'

/** How far a job is, as far as it matters to who works on it. */
export interface JobProgress {
  /** Undefined when the job is gone. */
  readonly state: WantedState | undefined
  /** Which life of the job it is: see `JobRecord.run`. */
  readonly run: string | undefined
  /** Whether all of its objects are queued. */
  readonly listed: boolean
  /** Whether nothing of it is left to do. */
  readonly ended: boolean
}

export async function readProgress({ client, keys }: JobQueue, id: string): Promise<JobProgress> {
  const [[state = null, run = null, listed, batches], finished, dead] = await Promise.all([
    client.hmget(keys.job(id), 'state', 'run', 'listed', 'batches'),
    client.hlen(keys.results(id)),
    client.zcard(keys.deadLetters(id)),
  ])
  const isDone = listed === '1' && finished + dead >= Number(batches)
  return {
    state: (state ?? undefined) as WantedState | undefined,
    run: run ?? undefined,
    listed: listed === '1',
    ended: state === null || state === 'cancelled' || isDone,
  }
}
