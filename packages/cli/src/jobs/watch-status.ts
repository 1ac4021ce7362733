import { setTimeout as wait } from 'node:timers/promises'
import { listWorkers, readStatus, type JobQueue } from 'osscrypt-jobs/queue'
import type { CommandContext } from '../command-spec.js'
import type { ExitName } from '../exit-codes.js'
import { LiveLine } from '../terminal/live-line.js'
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
  const looks: Look[] = []
  const line = new LiveLine(report)
  try {
    for (;;) {
      const [status, workers] = await Promise.all([readStatus(queue, id), listWorkers(queue)])
      const facts = { type: 'status', ...status, workers }
      if (hasEnded(status)) {
        line.close()
        report.answer(facts, describeStatus(status, workers))
        return exitOf(status)
      }
      looks.push({ atMs: performance.now(), objects: throughOf(status) })
      if (looks.length > WINDOW) looks.shift()
      line.show(facts, describeProgressOf(status, workers.length, rateOf(looks)))
      await wait(LOOK_EVERY_MS, undefined, { signal })
    }
  } finally {
    line.close()
  }
}

/** How much was done at a moment. */
interface Look {
  readonly atMs: number
  readonly objects: number
}

function rateOf(looks: readonly Look[]): number {
  const [first, last] = [looks[0], looks.at(-1)]
  if (!first || !last || first === last) return 0
  return Math.max(0, ((last.objects - first.objects) * 1000) / (last.atMs - first.atMs))
}
