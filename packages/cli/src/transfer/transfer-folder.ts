import { join } from 'node:path'
import { existsError } from '../command-error.js'
import type { ExitName } from '../exit-codes.js'
import type { Location } from '../location.js'
import { runInParallel } from '../run-in-parallel.js'
import { count, formatBytes } from '../terminal/amounts.js'
import { printable } from '../terminal/printable.js'
import { isOutdated, type Entry } from './entry.js'
import type { Place } from './place.js'
import { makeFoldersTo, targetPath } from './target-path.js'
import { transferObject, type Transfer } from './transfer-object.js'

/** What came of a folder. */
export interface FolderResult {
  done: number
  skipped: number
  failed: number
  bytes: number
}

/** How a folder is transferred. */
export interface FolderOptions {
  readonly verb: string
  /** Whether an entry that `isOutdated` would leave is transferred all the same. */
  readonly differs?: (source: Entry, target: Entry) => Promise<boolean>
  /** Transfers one of them; default {@link transferObject}. */
  readonly transferEach?: typeof transferObject
}

/** Transfers everything of a place to another, several at a time. What fails is reported, and the rest goes on. */
export async function transferFolder(
  transfer: Transfer,
  source: Place,
  target: Place,
  { verb, differs, transferEach = transferObject }: FolderOptions,
): Promise<FolderResult> {
  const { options, report, signal } = transfer
  const result: FolderResult = { done: 0, skipped: 0, failed: 0, bytes: 0 }
  const entries: Entry[] = []
  for await (const entry of source.entries()) entries.push(entry)
  report.progress.expect(entries.length)
  await runInParallel(entries, options.jobs, signal, async (entry) => {
    const from = source.describe(entry.name)
    try {
      const to = locateTarget(target, entry.name)
      if (!(await isWanted(transfer, entry, target, differs))) {
        result.skipped++
        if (report.json) report.event({ type: 'skipped', source: from, target: target.describe(entry.name) }, '')
        return
      }
      const facts = { source: from, target: target.describe(entry.name) }
      if (!options.dryRun) {
        if (target.folder !== undefined) await makeFoldersTo(target.folder, entry.name)
        result.bytes += await transferEach(transfer, locateSource(source, entry.name), to)
      }
      result.done++
      report.event(
        { type: 'transferred', ...facts, dryRun: options.dryRun },
        `${options.dryRun ? 'would ' : ''}${verb} ${printable(from)} -> ${printable(facts.target)}`,
      )
    } catch (error) {
      signal.throwIfAborted()
      result.failed++
      report.failure(error, from)
    }
  })
  return result
}

async function isWanted(
  { options }: Transfer,
  entry: Entry,
  target: Place,
  differs: FolderOptions['differs'],
): Promise<boolean> {
  if (options.overwriting === 'replace') return true
  const there = await target.find(entry.name)
  if (!there) return true
  if (options.overwriting === 'keep') return false
  if (options.overwriting === 'refuse') throw existsError(target.describe(entry.name))
  return isOutdated(there, entry) || ((await differs?.(entry, there)) ?? false)
}

/** @throws CommandError `UnsafeKey`. */
function locateTarget({ folder = '', object }: Place, name: string): Location {
  return object ? { ...object, key: object.key + name } : { kind: 'file', path: targetPath(folder, name) }
}

function locateSource({ folder = '', object }: Place, name: string): Location {
  return object ? { ...object, key: object.key + name } : { kind: 'file', path: join(folder, name) }
}

/** Says at the end what came of it all, and which exit code that is. */
export function reportFolder({ report }: Pick<Transfer, 'report'>, result: FolderResult, more = {}): ExitName {
  const { done, skipped, failed, bytes } = result
  const parts = [
    `${count(done, 'object')} done`,
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...(failed > 0 ? [`${failed} FAILED`] : []),
    ...(bytes > 0 ? [formatBytes(bytes)] : []),
  ]
  report.event({ type: 'summary', ...result, ...more }, parts.join(', '))
  if (failed > 0) report.note('run it again with --no-clobber or --update to do only what is missing')
  return failed > 0 ? 'partial' : 'ok'
}
