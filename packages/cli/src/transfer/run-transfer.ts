import { lstat, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { CommandError, usageError } from '../command-error.js'
import type { CommandContext } from '../command-spec.js'
import { openSession } from '../cloud/session.js'
import type { ExitName } from '../exit-codes.js'
import { Interruption } from '../interruption.js'
import { describeLocation, parseLocation, type Location } from '../location.js'
import { runAll } from '../work/run-all.js'
import type { Task } from '../work/task.js'
import { requirePath } from './key-path.js'
import { moveObject } from './move-object.js'
import { readNameFilter, type NameFilter } from './name-filter.js'
import { findEntry, placeOf } from './place.js'
import { makeFolder, targetPath } from './target-path.js'
import { readTransferOptions } from './transfer-options.js'
import type { Transfer } from './transfer-object.js'
import { copySteps, type PlaceTransfer } from './transfer-steps.js'
import { transferTask, whyNotWanted, type Verb } from './transfer-task.js'

/** Copies, or with `moving` moves, what the arguments name. */
export async function runTransfer(context: CommandContext, moving: boolean): Promise<ExitName> {
  const { flags, report, signal } = context
  const locations = context.args.map(parseLocation)
  const target = locations.pop()
  const [first] = locations
  if (!target || !first) throw usageError("missing required argument 'target'")
  for (const source of locations) assertPossible(source, target, moving)
  const session = await openSession(context)
  const options = readTransferOptions(context, session.settings)
  const transfer: Transfer = { session, report, signal, options }
  if (target.kind === 'pipe') report.takeStdout()
  if (flags.on('recursive')) {
    if (locations.length > 1) throw usageError('-r takes one source')
    return transferAll(transfer, first, target, moving, await readNameFilter(context))
  }
  if (locations.length === 1) return transferOne(transfer, first, await completeTarget(first, target), moving)
  if (options.checkpoint !== undefined) throw usageError('--checkpoint is of one object: --state-folder is of several')
  const verb = verbOf(first, target, moving)
  const folder = await asTargetFolder(target)
  const steps = async function* () {
    for (const source of locations) {
      const object = describeLocation(source)
      try {
        yield taskOf(transfer, source, await completeTarget(source, folder), moving)
      } catch (error) {
        yield { object, error }
      }
    }
  }
  const tally = await runAll(steps(), { report, signal, jobs: options.jobs, dealing: dealingOf(target) })
  tally.report(report, options.dryRun ? `to ${verb.will}` : verb.did)
  return tally.exit
}

function assertPossible(source: Location, target: Location, moving: boolean): void {
  if (source.kind !== 'oss' && target.kind !== 'oss') {
    throw usageError(
      'neither side is in OSS',
      'give oss://BUCKET/KEY on one side; `osscrypt encrypt` makes encrypted files',
    )
  }
  if (moving && (source.kind === 'pipe' || target.kind === 'pipe')) throw usageError('a pipe cannot be moved: use cp')
}

async function transferAll(
  transfer: Transfer,
  source: Location,
  target: Location,
  moving: boolean,
  filter: NameFilter,
): Promise<ExitName> {
  const { session, options, report, signal } = transfer
  if (options.checkpoint !== undefined) throw usageError('--checkpoint is of one object: --state-folder is of several')
  const plan = await planPlaces(transfer, source, target, filter, verbOf(source, target, moving))
  if (plan.to.object) session.dataKeys.requireKey()
  const steps = copySteps(moving ? { ...plan, transferEach: moveObject } : plan)
  const tally = await runAll(steps, { report, signal, jobs: options.jobs, dealing: dealingOf(target) })
  if (tally.total === 0 && filter.names === undefined && plan.from.object !== undefined) {
    throw new CommandError('notFound', 'NotFound', `there is nothing below ${describeLocation(source)}`)
  }
  tally.report(report, options.dryRun ? `to ${plan.verb.will}` : plan.verb.did)
  return tally.exit
}

/** Two places, one of which is not inside the other. @throws CommandError when there is no such folder, or they are. */
export async function planPlaces(
  transfer: Transfer,
  source: Location,
  target: Location,
  filter: NameFilter,
  verb: Verb,
): Promise<PlaceTransfer> {
  const { session, options, signal } = transfer
  const { followLinks } = options
  const from = placeOf(session, source, { ...filter, followLinks }, signal)
  const to = placeOf(
    session,
    target,
    { chooses: filter.chooses, names: undefined, followLinks: false, mayBeMissing: true },
    signal,
  )
  if (from.folder !== undefined && !(await stat(from.folder)).isDirectory())
    throw usageError(`${from.folder} is not a folder`)
  if (from.object && to.object?.bucket === from.object.bucket) {
    const [a, b] = [from.object.key, to.object.key]
    if (b.startsWith(a) || a.startsWith(b)) throw usageError('one of source and target is inside the other')
  }
  return { transfer, from, to, verb }
}

async function transferOne(transfer: Transfer, source: Location, target: Location, moving: boolean): Promise<ExitName> {
  const { report, options, signal } = transfer
  try {
    const { kind, event, text, why } = await taskOf(transfer, source, target, moving).run(signal)
    report.event(why === undefined ? event : { ...event, why }, kind === 'skipped' ? `${text}: ${why ?? ''}` : text)
    return 'ok'
  } catch (error) {
    if (options.checkpoint !== undefined && signal.reason instanceof Interruption) {
      signal.reason.hint = `the same command goes on with it; the state is in ${options.checkpoint}`
    }
    throw error
  }
}

function taskOf(transfer: Transfer, source: Location, target: Location, moving: boolean): Task {
  const { session } = transfer
  return transferTask(transfer, {
    source,
    target,
    verb: verbOf(source, target, moving),
    transferEach: moving ? moveObject : undefined,
    whyNot: async (signal) => {
      if (target.kind === 'pipe') return undefined
      if (target.kind === 'file') {
        const found = await stat(target.path).catch(() => undefined)
        // A device or a pipe, whatever leads there, is written to by nobody's accident, and is nothing that a rename may replace.
        if (found && !found.isFile()) throw usageError(`${target.path} is not a file`)
      }
      const [there, from] = [() => findEntry(session, target, signal), () => findEntry(session, source, signal)]
      return whyNotWanted(transfer, target, there, from)
    },
  })
}

/** A target that is a folder gets the source's own name below it. */
async function completeTarget(source: Location, target: Location): Promise<Location> {
  const name = source.kind === 'oss' ? basename(source.key) : source.kind === 'file' ? basename(source.path) : ''
  if (source.kind === 'oss' && (source.key === '' || source.key.endsWith('/'))) {
    throw usageError(`${describeLocation(source)} names no object`, '-r takes everything below it')
  }
  const stats = source.kind === 'file' ? await stat(source.path) : undefined
  if (stats?.isDirectory() === true) throw usageError(`${describeLocation(source)} is a folder`, '-r takes folders')
  if (target.kind === 'oss' && (target.key === '' || target.key.endsWith('/'))) {
    if (name === '' || stats?.isFile() === false) throw usageError('a pipe has no name: give the object’s')
    requirePath(name)
    return { ...target, key: target.key + name }
  }
  if (target.kind === 'file') {
    if (target.path.endsWith('/')) await makeFolder(join(target.path, '.'))
    const isFolder = (await lstat(target.path).catch(() => undefined))?.isDirectory() ?? false
    if (isFolder) return { kind: 'file', path: targetPath(join(target.path, '.'), name) }
  }
  return target
}

/** A target of several sources. */
async function asTargetFolder(target: Location): Promise<Location> {
  if (target.kind === 'pipe') throw usageError('several objects cannot go to stdout: cat takes several')
  if (target.kind === 'oss')
    return target.key === '' || target.key.endsWith('/') ? target : { ...target, key: `${target.key}/` }
  const found = await stat(target.path).catch(() => undefined)
  if (found && !found.isDirectory()) throw usageError(`${target.path} is not a folder, and there are several sources`)
  return target.path.endsWith('/') ? target : { ...target, path: `${target.path}/` }
}

function dealingOf(target: Location) {
  return target.kind === 'oss' ? 'writing' : 'reading'
}

function verbOf(source: Location, target: Location, moving: boolean): Verb {
  if (moving) return { will: 'move', did: 'moved' }
  if (source.kind === 'oss' && target.kind === 'oss') return { will: 'copy', did: 'copied' }
  return target.kind === 'oss' ? { will: 'upload', did: 'uploaded' } : { will: 'download', did: 'downloaded' }
}
