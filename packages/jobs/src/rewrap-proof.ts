import { open } from 'node:fs/promises'
import type { JobSpec } from './job.js'
import type { Outcome } from './operations/outcome.js'
import { addOutcome, countAll, noTotals, type Count } from './runner/totals.js'

/** What a second look at everything that is stored has shown. By metadata: nothing of it is verified. */
export interface RewrapProof {
  /** What can be read with none of the new CMKs, and so needs another: objects, and old versions. */
  readonly needsOthers: Count
  /** How many of these are old versions: a rewrap leaves those as they are. */
  readonly oldVersions: number
  /** Of which nothing can be said: broken envelopes, the OSS SDKs' own encryption, archived, failed to answer. */
  readonly undecided: Count
  /** Everything that was looked at. */
  readonly lookedAt: Count
  /** Whether old versions were looked at, too: false where the access key may not list them. */
  readonly versions: boolean
  /** When the look began: of what was written after that, nothing is said. */
  readonly since: Date
  /** The objects and versions of `needsOthers` and `undecided`, in JSON lines. Empty: no object needs another CMK. */
  readonly path: string
}

/** The audit that shows what a rewrap has left: of all below its prefix, whatever its filter leaves out, and of what jobs hold of that. */
export function auditAfter({ bucket, prefix }: JobSpec, versions: boolean): JobSpec {
  return { bucket, prefix, task: { operation: 'audit', versions, held: true } }
}

/** The CMKs that a rewrap was to put objects under. @throws TypeError for a task that is none. */
export function newCmksOf({ task }: JobSpec): readonly string[] {
  if (task.operation !== 'rewrap') throw new TypeError('only a rewrap puts objects under other CMKs')
  return task.to
}

/**
 * Says what an audit has found that needs other CMKs than these, and writes it to a file.
 *
 * @param flags How the file is opened: `wx` where it may be somebody's.
 * @throws the file system's error when not all of it could be written.
 */
export async function proveBy(
  outcomes: AsyncIterable<Outcome>,
  to: readonly string[],
  path: string,
  flags: 'w' | 'wx',
): Promise<Omit<RewrapProof, 'versions' | 'since'>> {
  const file = await open(path, flags, 0o600)
  try {
    let [needsOthers, undecided, all] = [noTotals, noTotals, noTotals]
    let oldVersions = 0
    for await (const outcome of outcomes) {
      all = addOutcome(all, outcome)
      const needs = needsOther(outcome, to)
      if (needs === false) continue
      if (needs) {
        needsOthers = addOutcome(needsOthers, outcome)
        if (outcome.version?.isLatest === false) oldVersions++
      } else undecided = addOutcome(undecided, outcome)
      await file.appendFile(`${JSON.stringify(outcome)}\n`)
    }
    const counts = { needsOthers: countAll(needsOthers), undecided: countAll(undecided), lookedAt: countAll(all) }
    return { ...counts, oldVersions, path }
  } finally {
    await file.close()
  }
}

/** Undefined where its metadata do not tell. */
function needsOther({ status, reason, kind, cmkArns = [] }: Outcome, to: readonly string[]): boolean | undefined {
  // It has gone since it was listed; or it is what a link leads to that needs CMKs.
  if (kind === 'plain' || kind === 'symlink' || reason === 'Gone') return false
  if (status !== 'done' || cmkArns.length === 0) return undefined
  return !cmkArns.some((arn) => to.includes(arn))
}
