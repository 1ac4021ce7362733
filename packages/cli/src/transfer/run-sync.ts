import { unlink } from 'node:fs/promises'
import { CommandError, usageError } from '../command-error.js'
import type { CommandContext } from '../command-spec.js'
import { BatchedDeletes, MOST_DELETED_AT_ONCE } from '../cloud/batched-deletes.js'
import { openSession } from '../cloud/session.js'
import type { ExitName } from '../exit-codes.js'
import { requirePlain } from '../key-pattern.js'
import { describeLocation, parseLocation, requireReachable, type Location } from '../location.js'
import { runAll } from '../work/run-all.js'
import type { Step } from '../work/task.js'
import { contentsDiffer } from './compare-contents.js'
import type { Entry } from './entry.js'
import { readNameFilter, type NameFilter } from './name-filter.js'
import type { NotedTimes } from './noted-times.js'
import type { Place } from './place.js'
import { planPlaces } from './run-transfer.js'
import { readTransferOptions, type TransferOptions } from './transfer-options.js'
import type { Transfer } from './transfer-object.js'
import { syncSteps, type SyncFindings } from './transfer-steps.js'

/** Makes one place like another. */
export async function runSync(context: CommandContext): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const [source, target] = [parseLocation(args[0] ?? ''), parseLocation(args[1] ?? '')]
  if (source.kind !== 'oss' && target.kind !== 'oss') throw usageError('neither side is in OSS')
  if (!flags.on('literal')) for (const side of [source, target]) requirePlain(side, 'sync')
  const filter = await readNameFilter(context)
  if (filter.names && flags.on('delete')) throw usageError('--delete and --files-from exclude each other')
  const session = await openSession(context)
  if (target.kind === 'oss') session.dataKeys.requireKey()
  const options = { ...readTransferOptions(context, session.settings), overwriting: 'update' as const }
  const times = await openTimes(options)
  try {
    return await syncPlaces(context, { session, report, signal, options, times }, [source, target], filter)
  } finally {
    await times?.close()
  }
}

/** A dry run makes none. */
async function openTimes({ stateFolder, dryRun }: TransferOptions): Promise<NotedTimes | undefined> {
  if (stateFolder === undefined) return undefined
  const { NotedTimes } = await import('./noted-times.js')
  return dryRun && !NotedTimes.areIn(stateFolder) ? undefined : NotedTimes.open(stateFolder)
}

async function syncPlaces(
  { flags }: CommandContext,
  transfer: Transfer,
  [source, target]: readonly [Location, Location],
  filter: NameFilter,
): Promise<ExitName> {
  const deletes = flags.on('delete')
  const { report, signal, options } = transfer
  const plan = await planPlaces(transfer, source, target, filter, { will: 'sync', did: 'synced' })
  const findings: SyncFindings = { extras: [], omitted: [], sourceCount: 0 }
  const differs = flags.on('checksum')
    ? (name: string, asked: AbortSignal) =>
        contentsDiffer({ ...transfer, signal: asked }, plan.from.locate(name), plan.to.locate(name))
    : undefined
  const dealing = target.kind === 'oss' ? 'writing' : 'reading'
  const run = { report, signal, jobs: options.jobs, dealing } as const
  const tally = await runAll(syncSteps(plan, findings, differs), run)
  const verb = options.dryRun ? 'to sync' : 'synced'
  if (!deletes) {
    tally.report(report, verb)
    return tally.exit
  }
  if (tally.failed.size > 0 || tally.ended !== undefined) {
    tally.report(report, verb, { deleted: 0 })
    report.note('something failed: nothing is deleted')
    return tally.exit
  }
  const extras = deletable(findings)
  // More likely a slip than a wish.
  if (findings.sourceCount === 0) {
    const has = findings.omitted.length === 0 ? 'is empty' : 'has nothing that it can give'
    throw new CommandError('refused', 'EmptySource', `the source ${has}: --delete would delete everything`)
  }
  // Those that wait for others to be deleted with them are no requests.
  const deleting = { ...run, jobs: plan.to.object ? 2 * MOST_DELETED_AT_ONCE : options.jobs }
  const deleted = await runAll(deleteSteps(transfer, plan.to, extras), deleting)
  if (deleted.total > 0) deleted.report(report, options.dryRun ? 'to delete' : 'deleted')
  tally.report(report, verb, { deleted: deleted.done })
  return deleted.exit === 'ok' ? tally.exit : deleted.exit
}

/** What was only found at the target: not what the source has, and could not give; and not folders, which others may be in. */
function deletable({ extras, omitted }: SyncFindings): readonly Entry[] {
  const names = new Set(omitted)
  const folders = omitted.map((name) => (name.endsWith('/') ? name : `${name}/`))
  return extras.filter(
    ({ name, kind }) => kind !== 'folder' && !names.has(name) && !folders.some((folder) => name.startsWith(folder)),
  )
}

async function* deleteSteps(transfer: Transfer, place: Place, extras: readonly Entry[]): AsyncGenerator<Step> {
  const { session, options, signal: whole } = transfer
  const deletes = new BatchedDeletes(session, whole)
  for (const { name } of extras) {
    const location = place.locate(name)
    const object = describeLocation(location)
    const run = async () => {
      requireReachable(location)
      if (options.dryRun) await Promise.resolve()
      else if (location.kind === 'oss') await deletes.delete(location)
      else if (location.kind === 'file') await unlink(location.path)
      const text = `${options.dryRun ? 'would delete' : 'deleted'} ${object}`
      return { kind: 'done', event: { type: 'deleted', object, dryRun: options.dryRun }, text } as const
    }
    yield { object, run }
  }
}
