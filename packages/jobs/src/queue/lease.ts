import type { JobQueue } from './redis-connection.js'
import { runScript } from './scripts.js'

/** The right to be the only one who does something, as long as one lives. */
export interface Lease {
  /** What scripts compare before they write: one who lost the lease without noticing writes nothing. */
  readonly token: string
  end(): Promise<void>
}

/** Takes a lease, which is kept until it is ended; undefined when somebody else has it. */
export async function takeLease({ client }: JobQueue, key: string, lengthMs: number): Promise<Lease | undefined> {
  const token = crypto.randomUUID()
  if ((await client.set(key, token, 'PX', lengthMs, 'NX')) === null) return undefined
  const timer = setInterval(() => {
    // One that could not be renewed is noticed by the next script.
    runScript(client, 'renewLease', [key], [token, lengthMs]).catch(() => undefined)
  }, lengthMs / 3)
  return {
    token,
    end: async () => {
      clearInterval(timer)
      await runScript(client, 'endLease', [key], [token])
    },
  }
}
