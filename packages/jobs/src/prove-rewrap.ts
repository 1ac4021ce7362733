import { ServiceError } from 'osscrypt'
import { join } from 'node:path'
import type { JobSpec } from './job.js'
import { readReport } from './report/read-report.js'
import { auditAfter, newCmksOf, proveBy, type RewrapProof } from './rewrap-proof.js'
import { runJob, type JobResult, type RunJobOptions } from './runner/run-job.js'

/**
 * Looks once more at all objects below a rewrap's prefix, whatever its filter leaves out, with their old versions and what jobs have kept, and says which of them need
 * other CMKs than those that it was to put them under. It is a job itself, in a folder within the other's: where it was ended early, it is gone on with (`since` says
 * from when on it looked), and where it came to its end, it is begun anew.
 *
 * @throws TypeError for a task that is no rewrap; as {@link runJob}.
 */
export async function proveRewrap(spec: JobSpec, options: RunJobOptions): Promise<RewrapProof> {
  const to = newCmksOf(spec)
  const look = (versions: boolean): Promise<JobResult> =>
    runJob(auditAfter(spec, versions), {
      ...options,
      again: true,
      folder: join(options.folder, versions ? 'proof' : 'proof-latest'),
    })
  let versions = true
  const { reportPath, begun } = await look(true).catch((error: unknown) => {
    if (!(error instanceof ServiceError && error.code === 'AccessDenied')) throw error
    versions = false
    return look(false)
  })
  const path = join(options.folder, 'needs-other-cmks.jsonl')
  return { ...(await proveBy(readReport(reportPath), to, path, 'w')), versions, since: begun }
}
