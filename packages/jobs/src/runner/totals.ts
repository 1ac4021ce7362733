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
  const { status, reason, code, kind, findings = [], cmkArns = [] } = outcome
  const isOld = outcome.version?.isLatest === false
  const plus = ({ objects, bytes }: Count = none): Count => ({ objects: objects + 1, bytes: bytes + outcome.length })
  const counted = (counts: Readonly<Record<string, Count>>, keys: readonly (string | undefined)[]) =>
    Object.fromEntries([
      ...Object.entries(counts),
      ...keys.flatMap((key) => (key === undefined ? [] : [[key, plus(counts[key])] as const])),
    ])
  return {
    ...totals,
    [status]: plus(totals[status]),
    tampered: isTampering(outcome) ? plus(totals.tampered) : totals.tampered,
    reasons: counted(totals.reasons, [reason ?? code]),
    kinds: isOld ? totals.kinds : counted(totals.kinds, [kind]),
    oldVersions: isOld ? counted(totals.oldVersions, [kind]) : totals.oldVersions,
    findings: counted(totals.findings, findings),
    cmks: counted(totals.cmks, cmkArns),
  }
}
