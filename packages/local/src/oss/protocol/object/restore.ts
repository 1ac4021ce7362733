import { OssError } from '../error/oss-error.js'
import type { ObjectFacts } from '../facts.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** How long it takes until an archived object can be read, by its class and the tier that was asked for. */
const DURATIONS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  Archive: { Standard: MINUTE },
  ColdArchive: { Expedited: HOUR, Standard: 5 * HOUR, Bulk: 12 * HOUR },
  DeepColdArchive: { Expedited: 12 * HOUR, Standard: 48 * HOUR },
}

type RestorableFacts = Pick<ObjectFacts, 'storageClass' | 'restore' | 'key'>

export function isArchived({ storageClass }: RestorableFacts): boolean {
  return storageClass in DURATIONS
}

/** Undefined when the class knows no such tier. */
export function restoreDuration({ storageClass }: RestorableFacts, tier: string): number | undefined {
  return DURATIONS[storageClass]?.[tier]
}

/** Where an archived object stands: what was restored stays so for the days that were asked for. */
export function restoreState({ restore }: RestorableFacts, nowMs: number): 'archived' | 'ongoing' | 'restored' {
  if (restore === undefined || nowMs >= restore.expiresMs) return 'archived'
  return nowMs < restore.readyMs ? 'ongoing' : 'restored'
}

/** @throws `OssError` InvalidObjectState when the object is archived and has not been restored. */
export function checkReadable(facts: RestorableFacts, nowMs: number): void {
  if (!isArchived(facts) || restoreState(facts, nowMs) === 'restored') return
  throw new OssError('InvalidObjectState', { elements: { ObjectName: facts.key } })
}

/** The header `x-oss-restore`. */
export function restoreHeader(facts: RestorableFacts, nowMs: number): string | undefined {
  const state = restoreState(facts, nowMs)
  if (state === 'archived' || !isArchived(facts)) return undefined
  if (state === 'ongoing') return 'ongoing-request="true"'
  return `ongoing-request="false", expiry-date="${new Date(facts.restore?.expiresMs ?? 0).toUTCString()}"`
}
