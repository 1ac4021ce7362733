import { describeLocation } from '../location.js'
import type { Failure, Omission, Step } from '../work/task.js'
import { isEntry, isOutdated, sameLength, type Entry, type Found } from './entry.js'
import { joinByName } from './join-by-name.js'
import type { Place } from './place.js'
import { withPlaintextLength } from './plaintext-length.js'
import { transferTask, whyNotWanted, type Verb } from './transfer-task.js'
import type { transferObject, Transfer } from './transfer-object.js'

/** A transfer of everything that is at a place. */
export interface PlaceTransfer {
  readonly transfer: Transfer
  readonly from: Place
  readonly to: Place
  readonly verb: Verb
  readonly transferEach?: typeof transferObject | undefined
}

/** Everything at the source, each looked for at the target when its turn comes: a small source does not list a large target. */
export async function* copySteps(plan: PlaceTransfer): AsyncGenerator<Step> {
  const { transfer, to, from } = plan
  for await (const found of from.found()) {
    if (!isEntry(found)) yield leftOut(from, found)
    else {
      yield stepOf(plan, found, (signal) =>
        whyNotWanted(
          { ...transfer, signal },
          [from.locate(found.name), to.locate(found.name)],
          () => to.find(found.name, signal),
          () => withMtime(from, found, signal),
        ),
      )
    }
  }
}

/** What a sync found besides: names at the target alone, and names at the source that could not be had, which are no reason to delete anything. */
export interface SyncFindings {
  readonly extras: Entry[]
  readonly omitted: string[]
  /** How much the source has that it can give. */
  sourceCount: number
}

/**
 * What is missing at the target, or is not the same there; both sides are listed once, side by side.
 *
 * @param differs Whether what looks the same has other content.
 */
export async function* syncSteps(
  plan: PlaceTransfer,
  findings: SyncFindings,
  differs: ((name: string, signal: AbortSignal) => Promise<boolean>) | undefined,
): AsyncGenerator<Step> {
  const { transfer, from, to } = plan
  for await (const [source, target] of joinByName(from.found(), to.found())) {
    if (!source) {
      if (target && isEntry(target)) findings.extras.push(target)
      continue
    }
    if (!isEntry(source)) {
      findings.omitted.push(source.name)
      yield leftOut(from, source)
      continue
    }
    findings.sourceCount++
    const there = target && isEntry(target) ? target : undefined
    yield stepOf(plan, source, async (signal) => {
      if (!there) return undefined
      if (there.kind === 'folder' || source.kind === 'folder') return 'it is the same'
      const { session } = transfer
      const given = await withPlaintextLength(session, from.locate(source.name), source, there, { signal })
      const kept = await withPlaintextLength(session, to.locate(there.name), there, source, { signal })
      if (!sameLength(given, kept)) return undefined
      const [now, then] = [await withMtime(from, given, signal), await withMtime(to, kept, signal)]
      if (!now || !then || isOutdated(then, now)) return undefined
      return (await differs?.(source.name, signal)) ? undefined : 'it is the same'
    })
  }
}

function stepOf(
  { transfer, from, to, verb, transferEach }: PlaceTransfer,
  entry: Entry,
  whyNot: (signal: AbortSignal) => Promise<string | undefined>,
): Step {
  const below = { folder: to.folder, name: entry.name }
  const [source, target] = [from.locate(entry.name), to.locate(entry.name)]
  return transferTask(transfer, { source, target, entry, below, verb, whyNot, transferEach })
}

/** The time of an object's file is no part of a listing. */
async function withMtime(place: Place, entry: Entry, signal: AbortSignal): Promise<Entry | undefined> {
  if (entry.mtimeNs !== undefined || entry.kind === 'file') return entry
  const found = await place.find(entry.name, signal)
  return found && { ...found, length: entry.length }
}

/** What was found and cannot be taken, as a step. */
export function leftOut(place: Place, found: Exclude<Found, Entry>): Omission | Failure {
  const object = describeLocation(place.locate(found.name))
  return 'omitted' in found ? { object, omitted: found.omitted } : { object, error: found.error }
}
