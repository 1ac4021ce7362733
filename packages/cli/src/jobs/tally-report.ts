import { isTampering, readReport, type Outcome, type Task } from 'osscrypt-jobs'
import { explainError } from '../explain-error.js'
import { Tally } from '../work/tally.js'
import { describeOutcomeObject } from './describe-outcome.js'
import { isLeftOut } from './is-left-out.js'

/** Counts what a job's report tells, of all its runs. */
export async function tallyReport(
  reportPath: string,
  { operation }: Pick<Task, 'operation'>,
  bucket: string,
): Promise<Tally> {
  const tally = new Tally()
  for await (const outcome of readReport(reportPath)) {
    const { status, reason, length } = outcome
    if (status === 'failed') fail(tally, bucket, outcome)
    else if (reason !== undefined && reason !== 'DryRun') {
      if (isLeftOut(operation, reason)) tally.omit(reason)
      else tally.skip(reason)
    } else {
      tally.done++
      tally.bytes += length
    }
  }
  return tally
}

function fail(tally: Tally, bucket: string, outcome: Outcome): void {
  const { code = 'Unexpected', message = 'failed' } = outcome
  const { exit } = explainError(Object.assign(new Error(message), { code }))
  tally.fail(describeOutcomeObject(bucket, outcome), code, isTampering(outcome) ? 'integrity' : exit)
}
