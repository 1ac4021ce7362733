import { setTimeout as wait } from 'node:timers/promises'
import { listWorkers, readStatus, type JobQueue } from 'osscrypt-jobs/queue'
import type { CommandContext } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { describeProgressOf, describeStatus, exitOf, hasEnded, throughOf } from './describe-status.js'

const LOOK_EVERY_MS = 1000

/** The rate is that of the last looks. */
const WINDOW = 10

/** Shows how far a job is until it has ended, and what came of it. */
export async function watchStatus(
  queue: JobQueue,
  id: string,
  { report, signal }: Pick<CommandContext, 'report' | 'signal'>,
): Promise<ExitName> {
  const looks: { readonly atMs: number; readonly objects: number }[] = []
  let shown = ''
  for (;;) {
    const [status, workers] = await Promise.all([readStatus(queue, id), listWorkers(queue)])
    if (hasEnded(status)) {
      report.answer({ type: 'status', ...status, workers }, describeStatus(status, workers))
      return exitOf(status)
    }
    looks.push({ atMs: performance.now(), objects: throughOf(status) })
    if (looks.length > WINDOW) looks.shift()
    const line = describeProgressOf(status, workers.length, rateOf(looks))
    if (line !== shown) report.event({ type: 'status', ...status, workers }, line)
    shown = line
    await wait(LOOK_EVERY_MS, undefined, { signal })
  }
}

function rateOf(looks: readonly { readonly atMs: number; readonly objects: number }[]): number {
  const [first, last] = [looks[0], looks.at(-1)]
  if (!first || !last || first === last) return 0
  return Math.max(0, ((last.objects - first.objects) * 1000) / (last.atMs - first.atMs))
}
