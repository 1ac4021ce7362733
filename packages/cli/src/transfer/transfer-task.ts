import { describeLocation, requireReachable, type Location } from '../location.js'
import { existsError } from '../command-error.js'
import type { Outcome, Task } from '../work/task.js'
import { isOlder, type Entry } from './entry.js'
import { requirePath } from './key-path.js'
import { withPlaintextLength } from './plaintext-length.js'
import { makeFoldersTo } from './target-path.js'
import { makeFolderEntry } from './folder-entry.js'
import { transferObject, type Transfer } from './transfer-object.js'

/** How a transfer is called, before and after. */
export interface Verb {
  readonly will: string
  readonly did: string
}

/** One transfer of several, or the only one. */
export interface Wanted {
  readonly source: Location
  readonly target: Location
  /** What was found at the source. */
  readonly entry?: Entry | undefined
  /** Of a recursive transfer: the folder that the target's name is below. */
  readonly below?: { readonly folder: string | undefined; readonly name: string } | undefined
  readonly verb: Verb
  /** Why there is nothing to do; undefined when there is. */
  readonly whyNot: (signal: AbortSignal) => Promise<string | undefined>
  readonly transferEach?: typeof transferObject | undefined
}

/** A transfer as a task. */
export function transferTask(transfer: Transfer, wanted: Wanted): Task {
  const { source, target, entry, below, verb, whyNot, transferEach = transferObject } = wanted
  const { dryRun } = transfer.options
  const facts = { source: describeLocation(source), target: describeLocation(target) }
  const run = async (signal: AbortSignal): Promise<Outcome> => {
    if (below && (source.kind === 'file' || target.kind === 'file')) requirePath(below.name)
    ;[source, target].forEach(requireReachable)
    const why = await whyNot(signal)
    if (why !== undefined)
      return { kind: 'skipped', why, event: { type: 'skipped', ...facts }, text: `skipped ${facts.source}` }
    let bytes = 0
    if (!dryRun) {
      if (below && entry?.kind === 'folder') await makeFolderEntry(transfer, target, below, signal)
      else {
        const transferOne = () => transferEach({ ...transfer, signal }, source, target, entry?.length)
        bytes = await (below?.folder === undefined ? transferOne() : inFolders(below.folder, below.name, transferOne))
      }
    }
    const text = `${dryRun ? `would ${verb.will}` : verb.did} ${facts.source} -> ${facts.target}`
    return { kind: 'done', bytes, event: { type: 'transferred', ...facts, dryRun }, text }
  }
  return { object: facts.source, target: facts.target, length: entry?.length, run }
}

/** Makes the folders of a target, and transfers. A key that begins like its own may become a folder in its place meanwhile: that is said, then. */
async function inFolders(folder: string, name: string, transferOne: () => Promise<number>): Promise<number> {
  await makeFoldersTo(folder, name)
  return transferOne().catch(async (error: unknown) => {
    await makeFoldersTo(folder, name)
    throw error
  })
}

/** What is to become of a target that may be there. @param find Looks for it. */
export async function whyNotWanted(
  { session, options, signal }: Transfer,
  [source, target]: readonly [Location, Location],
  find: () => Promise<Entry | undefined>,
  findSource: () => Promise<Entry | undefined>,
): Promise<string | undefined> {
  if (options.overwriting === 'replace') return undefined
  const there = await find()
  if (!there) return undefined
  if (there.kind === 'folder') return 'it is there already'
  if (options.overwriting === 'keep') return 'it is there already'
  if (options.overwriting === 'refuse') throw existsError(describeLocation(target))
  const entry = await findSource()
  if (!entry) return undefined
  const { versionId } = options.get
  const from = await withPlaintextLength(session, source, entry, there, { signal, versionId })
  const to = await withPlaintextLength(session, target, there, entry, { signal })
  return isOlder(to, from) ? undefined : 'what is there is not older'
}
