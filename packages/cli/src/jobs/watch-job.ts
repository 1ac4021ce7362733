import type { Count, JobWatcher, Outcome, Task } from 'osscrypt-jobs'
import type { Phase } from '../terminal/progress-line.js'
import type { Tracked } from '../terminal/progress.js'
import type { Report } from '../terminal/report.js'
import { describeOutcomeObject } from './describe-outcome.js'

const phases: Readonly<Record<Task['operation'], Phase>> = {
  audit: 'auditing',
  encrypt: 'encrypting',
  migrate: 'migrating',
  rewrap: 'rewrapping',
  verify: 'verifying',
}

/**
 * Shows how far a job is, and says what came of each object: of failures always, of the rest with --verbose and in JSON.
 *
 * @param counted How much there is, where it was counted before.
 */
export function watchJob(report: Report, operation: Task['operation'], bucket: string, counted?: Count): JobWatcher {
  const { progress } = report
  const running = new Map<string, Tracked>()
  const idOf = ({ name, version }: Pick<Outcome, 'name' | 'version'>) => JSON.stringify([name, version?.id])
  progress.plan()
  if (counted) progress.expectAll(counted.objects, counted.bytes)
  return {
    resumed: ({ objects, bytes }) => {
      progress.passed(objects, bytes)
      if (!counted) progress.expect(bytes, objects)
    },
    listed: (objects) => {
      if (!counted) for (const { length } of objects) progress.expect(length)
    },
    allListed: () => {
      progress.planned()
    },
    known: ({ length }) => {
      progress.passed(1, length)
    },
    begun: (object) => {
      running.set(idOf(object), progress.track(phases[operation], object.length))
    },
    ended: (outcome) => {
      const tracked = running.get(idOf(outcome))
      tracked?.update({ bytes: outcome.length, total: outcome.length })
      tracked?.end()
      running.delete(idOf(outcome))
      say(report, bucket, outcome)
    },
  }
}

function say(report: Report, bucket: string, outcome: Outcome): void {
  const object = describeOutcomeObject(bucket, outcome)
  const { status, code = 'Unexpected', message = 'failed' } = outcome
  if (status === 'failed') {
    report.failure(Object.assign(new Error(message), { code }), object)
    return
  }
  const { name: _, reason, kind, ...facts } = outcome
  const text = [status, object, ...(kind === undefined ? [] : [kind]), ...(reason === undefined ? [] : [reason])]
  report.detail({ type: 'outcome', object, reason, kind, ...facts }, text.join('  '))
}
