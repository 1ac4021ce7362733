import { isTampering } from '../operations/run-object.js'
import type { Outcome } from '../operations/outcome.js'

/** How many objects, and how many bytes they are in OSS. */
export interface Count {
  readonly objects: number
  readonly bytes: number
}

/** What came of a job, counted. */
export interface Totals {
  readonly done: Count
  readonly skipped: Count
  readonly failed: Count
  /** Of those that failed: where what was stored is not what was written. */
  readonly tampered: Count
  /** By reason, or code. */
  readonly reasons: Readonly<Record<string, Count>>
  readonly kinds: Readonly<Record<string, Count>>
  /** By kind: versions that are not the latest. They are not among `kinds`. */
  readonly oldVersions: Readonly<Record<string, Count>>
  readonly findings: Readonly<Record<string, Count>>
  /** By the CMKs that objects, and old versions, are under now. */
  readonly cmks: Readonly<Record<string, Count>>
}

const none: Count = { objects: 0, bytes: 0 }

export const noTotals: Totals = {
  done: none,
  skipped: none,
  failed: none,
  tampered: none,
  reasons: {},
  kinds: {},
  oldVersions: {},
  findings: {},
  cmks: {},
}

/** Totals with one more outcome. */
export function addOutcome(totals: Totals, outcome: Outcome): Totals {
  const { status, reason, code, kind, findings = [], cmkArns = [], length } = outcome
  const isOld = outcome.version?.isLatest === false
  const ofKind = kind === undefined ? [] : [kind]
  const why = reason ?? code
  return {
    done: status === 'done' ? plus(totals.done, length) : totals.done,
    skipped: status === 'skipped' ? plus(totals.skipped, length) : totals.skipped,
    failed: status === 'failed' ? plus(totals.failed, length) : totals.failed,
    tampered: isTampering(outcome) ? plus(totals.tampered, length) : totals.tampered,
    reasons: counted(totals.reasons, why === undefined ? [] : [why], length),
    kinds: counted(totals.kinds, isOld ? [] : ofKind, length),
    oldVersions: counted(totals.oldVersions, isOld ? ofKind : [], length),
    findings: counted(totals.findings, findings, length),
    cmks: counted(totals.cmks, cmkArns, length),
  }
}

/** All objects of which it is known what came of them. */
export function countAll({ done, skipped, failed }: Totals): Count {
  const counts = [done, skipped, failed]
  return {
    objects: counts.reduce((all, { objects }) => all + objects, 0),
    bytes: counts.reduce((all, { bytes }) => all + bytes, 0),
  }
}

function plus(count: Count | undefined, length: number): Count {
  const { objects, bytes } = count ?? none
  return { objects: objects + 1, bytes: bytes + length }
}

function counted(
  counts: Readonly<Record<string, Count>>,
  keys: readonly string[],
  length: number,
): Readonly<Record<string, Count>> {
  if (keys.length === 0) return counts
  const more = keys.map((key) => [key, plus(counts[key], length)] as const)
  return Object.fromEntries([...Object.entries(counts), ...more])
}
