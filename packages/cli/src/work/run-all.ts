import { setMaxListeners } from 'node:events'
import { explainError } from '../explain-error.js'
import { runInParallel } from '../run-in-parallel.js'
import type { Report } from '../terminal/report.js'
import { endsAll, type Dealing } from './ends-all.js'
import { readAhead } from './read-ahead.js'
import { Tally } from './tally.js'
import type { Step, Task } from './task.js'

/** So many are found before they are worked on: enough to say how many there are, and not all of a huge bucket. */
const FOUND_AHEAD = 10_000

/** How everything is done. */
export interface RunOptions {
  readonly report: Report
  readonly signal: AbortSignal
  /** How many at once. */
  readonly jobs: number
  readonly dealing: Dealing
}

/**
 * Does everything that a plan says, several at a time, while the plan is still being made. What fails is reported, and the rest goes on, unless what
 * went wrong goes wrong with all.
 *
 * @throws what making the plan throws; the signal's reason.
 */
export async function runAll(
  steps: AsyncIterable<Step>,
  { report, signal, jobs, dealing }: RunOptions,
): Promise<Tally> {
  const tally = new Tally()
  const { progress } = report
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  setMaxListeners(0, either)
  progress.plan()
  const expect = (step: Step) => {
    if (isTask(step)) progress.expect(step.length)
  }
  const found = (async function* () {
    yield* steps
    progress.planned()
  })()
  const fail = ({ object, target }: Pick<Task, 'object' | 'target'>, error: unknown) => {
    signal.throwIfAborted()
    if (stop.signal.aborted) return
    const exit = report.failure(error, object, target)
    tally.fail(object, explainError(error).code, exit)
    if (!endsAll(error, dealing)) return
    tally.ended = exit
    stop.abort(error)
  }
  try {
    await runInParallel(readAhead(found, FOUND_AHEAD, expect), jobs, either, async (step) => {
      if ('omitted' in step) {
        tally.omit(step.omitted)
        const { object, omitted } = step
        report.event({ type: 'omitted', object, why: omitted }, `left out ${object}: ${omitted}`)
      } else if (isTask(step)) await runTask(step)
      else fail(step, step.error)
    })
  } catch (error) {
    signal.throwIfAborted()
    if (!stop.signal.aborted) throw error
  }
  return tally

  async function runTask(task: Task): Promise<void> {
    try {
      const { kind, bytes = 0, why = '', isDetail = false, event, text } = await task.run(either)
      if (kind === 'skipped') {
        tally.skip(why)
        progress.forget(task.length)
        report.detail({ ...event, why }, `${text}: ${why}`)
      } else if (kind === 'different') {
        tally.differ(why)
        report.answer({ ...event, why }, text)
      } else {
        tally.done++
        tally.bytes += bytes
        if (isDetail) report.detail(event, text)
        else report.event(event, text)
      }
    } catch (error) {
      fail(task, error)
    }
  }
}

function isTask(step: Step): step is Task {
  return 'run' in step
}
