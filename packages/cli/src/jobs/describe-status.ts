import type { JobState, JobStatus, QueueError, WorkerInfo } from 'osscrypt-jobs/queue'
import type { ExitName } from '../exit-codes.js'
import { count, formatBytes, formatTime } from '../terminal/amounts.js'
import { formatFacts } from '../terminal/facts.js'
import { isLeftOut } from './is-left-out.js'

/** Objects of which it is known what came of them. */
export function throughOf({ totals: { done, skipped, failed } }: JobStatus): number {
  return done.objects + skipped.objects + failed.objects
}

/** All that is known of a job, a line each. */
export function describeStatus(status: JobStatus, workers: readonly WorkerInfo[]): readonly string[] {
  const { id, spec, state, createdAt, listed, batches, totals } = status
  const counted = (counts: Readonly<Record<string, { readonly objects: number }>>) =>
    Object.fromEntries(Object.entries(counts).map(([key, { objects }]) => [key, objects]))
  const percent = percentOf(status) === undefined ? '' : ` (${percentOf(status)} %)`
  const unknown = listed.objects - throughOf(status)
  const others = workers.filter(({ version }) => version !== status.version)
  return formatFacts({
    job: id,
    operation: `${spec.task.operation}${spec.dryRun === true ? ' (dry run)' : ''}`,
    objectsOf: `oss://${spec.bucket}/${spec.prefix ?? ''}`,
    state,
    started: createdAt.toISOString(),
    queued: `${count(listed.objects, 'object')}, ${formatBytes(listed.bytes)}${state === 'listing' ? ', and more' : ''}`,
    through: `${throughOf(status)}${percent}`,
    done: totals.done.objects,
    skipped: totals.skipped.objects,
    failed: totals.failed.objects,
    unknown: state === 'finished' && unknown > 0 ? `${unknown}: \`osscrypt jobs requeue ${id}\`` : undefined,
    tampered: totals.tampered.objects === 0 ? undefined : totals.tampered.objects,
    why: counted(totals.reasons),
    kind: counted(totals.kinds),
    oldVersions: counted(totals.oldVersions),
    finding: counted(totals.findings),
    cmk: counted(totals.cmks),
    batches: `${batches.waiting} waiting, ${batches.active} with workers, ${batches.delayed} to be tried again, ${batches.finished} through, ${batches.dead} with objects that failed`,
    workers: workers.length,
    workersOfOtherVersions: others.length === 0 ? undefined : others.map(({ host, version }) => `${host}: ${version}`),
  })
}

/** How far a job is, in one line. */
export function describeProgressOf(status: JobStatus, workers: number, objectsPerSecond: number): string {
  const { id, state, listed, expected, totals } = status
  const percent = percentOf(status)
  const left = expected && Math.max(0, expected.objects - throughOf(status))
  const pieces = [
    id,
    state,
    `${throughOf(status)} of ${expected?.objects ?? `${listed.objects}+`} objects`,
    ...(percent === undefined ? [] : [`${percent} %`]),
    ...(totals.failed.objects > 0 ? [`${totals.failed.objects} FAILED`] : []),
    `${objectsPerSecond.toFixed(1)}/s`,
    ...(left !== undefined && !isStanding(state) && objectsPerSecond > 0
      ? [`${formatTime(left / objectsPerSecond)} left`]
      : []),
    count(workers, 'worker'),
  ]
  return pieces.join('  ')
}

/** Undefined while it is not known how much there is. What was counted may be less than there is by now. */
function percentOf(status: JobStatus): number | undefined {
  const { expected } = status
  if (expected === undefined) return undefined
  return expected.objects === 0 ? 100 : Math.min(100, Math.floor((100 * throughOf(status)) / expected.objects))
}

function isStanding(state: JobState): boolean {
  return state === 'paused' || state === 'cancelled'
}

/** A row of the table of all jobs. */
export function statusRow(status: JobStatus): readonly string[] {
  const { id, state, listed, totals, spec } = status
  return [
    id,
    state,
    `oss://${spec.bucket}/${spec.prefix ?? ''}`,
    String(listed.objects),
    String(throughOf(status)),
    String(totals.failed.objects),
  ]
}

/** The row of a job that this version cannot read. */
export function unreadableRow(id: string, { code }: QueueError): readonly string[] {
  return [id, code === 'OtherProtocol' ? 'of another version' : 'unreadable', '', '', '', '']
}

const ended: readonly JobState[] = ['finished', 'cancelled']

/** Whether nothing more becomes of a job by itself. */
export function hasEnded({ state }: JobStatus): boolean {
  return ended.includes(state)
}

/** What the exit code says of a job that has ended. Tampering comes before all else. */
export function exitOf(status: JobStatus): ExitName {
  const { totals, listed, state, spec } = status
  if (totals.tampered.objects > 0) return 'integrity'
  const isLeft = Object.keys(totals.reasons).some((reason) => isLeftOut(spec.task.operation, reason))
  const isWhole = state === 'finished' && throughOf(status) === listed.objects && !isLeft
  return isWhole && totals.failed.objects === 0 ? 'ok' : 'partial'
}
