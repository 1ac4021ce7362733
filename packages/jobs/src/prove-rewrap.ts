import { ServiceError } from 'osscrypt'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { JobSpec } from './job.js'
import type { Outcome } from './operations/outcome.js'
import { readReport } from './report/read-report.js'
import { runJob, type JobResult, type RunJobOptions } from './runner/run-job.js'
import { addOutcome, noTotals, type Count } from './runner/totals.js'

/** What a second look at everything that is stored has shown. By metadata: nothing of it is verified. */
export interface RewrapProof {
  /** What can be read with none of the new CMKs, and so needs another: objects, and old versions. */
  readonly needsOthers: Count
  /** Of which nothing can be said: broken envelopes, the OSS SDKs' own encryption, archived, failed to answer. */
  readonly undecided: Count
  /** Everything that was looked at. */
  readonly lookedAt: Count
  /** Whether old versions were looked at, too: false where the access key may not list them. */
  readonly versions: boolean
  /** The objects and versions of `needsOthers` and `undecided`, in JSON lines. Empty: no object needs another CMK. */
  readonly path: string
}

/**
 * Looks once more at all objects below a rewrap's prefix, whatever its filter leaves out, with their old versions and what jobs have kept, and says which of them need
 * other CMKs than those that it was to put them under. It is a job itself, in a folder within the other's: it is gone on with like that.
 *
 * @throws TypeError for a task that is no rewrap; as {@link runJob}.
 */
export async function proveRewrap({ task, bucket, prefix }: JobSpec, options: RunJobOptions): Promise<RewrapProof> {
  if (task.operation !== 'rewrap') throw new TypeError('only a rewrap puts objects under other CMKs')
  const look = (versions: boolean): Promise<JobResult> =>
    runJob(
      { bucket, prefix, task: { operation: 'audit', versions } },
      { ...options, folder: join(options.folder, versions ? 'proof' : 'proof-latest') },
    )
  let versions = true
  const { reportPath } = await look(true).catch((error: unknown) => {
    if (!(error instanceof ServiceError && error.code === 'AccessDenied')) throw error
    versions = false
    return look(false)
  })
  const path = join(options.folder, 'needs-other-cmks.jsonl')
  const file = await open(path, 'w', 0o600)
  try {
    let [needsOthers, undecided, all] = [noTotals, noTotals, noTotals]
    for await (const outcome of readReport(reportPath)) {
      all = addOutcome(all, outcome)
      const needs = needsOther(outcome, task.to)
      if (needs === false) continue
      if (needs) needsOthers = addOutcome(needsOthers, outcome)
      else undecided = addOutcome(undecided, outcome)
      await file.write(`${JSON.stringify(outcome)}\n`)
    }
    return { needsOthers: sum(needsOthers), undecided: sum(undecided), lookedAt: sum(all), versions, path }
  } finally {
    await file.close()
  }
}

/** Undefined where its metadata do not tell. */
function needsOther({ status, reason, kind, cmkArns = [] }: Outcome, to: readonly string[]): boolean | undefined {
  // It has gone since it was listed.
  if (kind === 'plain' || reason === 'Gone') return false
  if (status !== 'done' || cmkArns.length === 0) return undefined
  return !cmkArns.some((arn) => to.includes(arn))
}

function sum({ done, skipped, failed }: typeof noTotals): Count {
  const counts = [done, skipped, failed]
  return {
    objects: counts.reduce((all, { objects }) => all + objects, 0),
    bytes: counts.reduce((all, { bytes }) => all + bytes, 0),
  }
}
