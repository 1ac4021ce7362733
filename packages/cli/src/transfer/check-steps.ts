import { CommandError } from '../command-error.js'
import { describeLocation, requireReachable, type ObjectLocation } from '../location.js'
import type { Outcome, Step } from '../work/task.js'
import { contentsDiffer } from './compare-contents.js'
import { isEntry, isOutdated, type Entry, type Found } from './entry.js'
import { keptMtime } from './file-times.js'
import { joinByName } from './join-by-name.js'
import type { Place } from './place.js'
import type { Transfer } from './transfer-object.js'
import { leftOut } from './transfer-steps.js'

/** What is compared with what. */
export interface Comparison {
  readonly transfer: Transfer
  readonly local: Place
  readonly stored: Place
  /** Reads everything, in place of what is known without. */
  readonly byContent: boolean
  /** Does not tell of what is stored only. */
  readonly oneWay: boolean
}

/** Each name that is on one side or both, as a task that compares them. */
export async function* checkSteps(comparison: Comparison): AsyncGenerator<Step> {
  const { local, stored, oneWay } = comparison
  for await (const [file, object] of joinByName(local.found(), stored.found())) {
    const found = file ?? object
    if (!found) continue
    if (file && !isEntry(file)) yield leftOut(local, file)
    else if (object && !isEntry(object))
      yield isMissing(object) ? missing(comparison, found.name) : leftOut(stored, object)
    else if (!file) {
      // Consoles make objects that stand for folders: they hold nothing.
      if (object?.kind !== 'folder' && !oneWay) yield different(comparison, found.name, 'extra', 'it is in OSS only')
    } else if (!object) yield missing(comparison, found.name)
    else yield compare(comparison, file, object)
  }
}

function missing(comparison: Comparison, name: string): Step {
  return different(comparison, name, 'missing', 'it is not in OSS')
}

/** A name that was asked for, and nothing has. */
function isMissing(found: Found): boolean {
  return 'error' in found && found.error instanceof CommandError && found.error.code === 'NotFound'
}

function different({ stored }: Comparison, name: string, how: string, why: string): Step {
  const object = describeLocation(stored.locate(name))
  return { object, run: () => Promise.resolve(outcome(object, how, why)) }
}

function compare(comparison: Comparison, file: Entry, entry: Entry): Step {
  const { local, stored, transfer, byContent } = comparison
  const [here, there] = [local.locate(file.name), stored.locate(file.name)]
  const object = describeLocation(there)
  const same: Outcome = {
    kind: 'done',
    isDetail: true,
    event: { type: 'checked', object, is: 'same' },
    text: `same ${object}`,
  }
  if (file.kind === 'folder' || entry.kind === 'folder' || there.kind !== 'oss') {
    const run = () =>
      Promise.resolve(file.kind === entry.kind ? same : outcome(object, 'different', 'one of them is a folder'))
    return { object, run }
  }
  const run = async (signal: AbortSignal): Promise<Outcome> => {
    requireReachable(there)
    if (!byContent) {
      const why = await knownDifference(transfer, file, entry, there, signal)
      return why === undefined ? same : outcome(object, 'different', why)
    }
    const { update, end } = transfer.report.progress.track('verifying', entry.length)
    try {
      const differ = await contentsDiffer({ ...transfer, signal }, here, there, update)
      return differ ? outcome(object, 'different', 'it has another content') : { ...same, bytes: entry.length }
    } finally {
      end()
    }
  }
  return { object, length: byContent ? entry.length : undefined, run }
}

/** What is different by what is known without reading: nothing of it is verified. */
async function knownDifference(
  { session }: Transfer,
  file: Entry,
  entry: Entry,
  { bucket, key }: ObjectLocation,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { plaintextLength, meta } = await (await session.client(bucket)).head(key, { signal })
  if (plaintextLength !== undefined && plaintextLength !== file.length) return 'it has another length'
  const mtimeNs = keptMtime(meta)
  // Of the same length: only their times are compared.
  if (mtimeNs === undefined) return undefined
  return isOutdated({ ...entry, length: file.length, mtimeNs }, file) ? 'it has another time' : undefined
}

function outcome(object: string, is: string, why: string): Outcome {
  return { kind: 'different', why, event: { type: 'checked', object, is }, text: `${is.padEnd(9)} ${object}: ${why}` }
}
