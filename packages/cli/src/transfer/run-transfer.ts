import { lstat, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { CommandError, usageError } from '../command-error.js'
import type { CommandContext } from '../command-spec.js'
import { openSession } from '../cloud/session.js'
import type { ExitName } from '../exit-codes.js'
import { Interruption } from '../interruption.js'
import { keyPattern, nothingLike, requirePlain, type KeyPattern } from '../key-pattern.js'
import { describeLocation, parseLocation, type Location } from '../location.js'
import { runAll } from '../work/run-all.js'
import type { Step, Task } from '../work/task.js'
import { requirePath } from './key-path.js'
import { moveObject } from './move-object.js'
import { readNameFilter, type NameFilter } from './name-filter.js'
import { findEntry, patternPlace, placeOf, type Place } from './place.js'
import { makeFolder, targetPath } from './target-path.js'
import { readTransferOptions } from './transfer-options.js'
import type { Transfer } from './transfer-object.js'
import { copySteps, type PlaceTransfer } from './transfer-steps.js'
import { transferTask, whyNotWanted, type Verb } from './transfer-task.js'

/** One of the sources of a transfer: something that was named, or what is like a pattern. */
interface Source {
  readonly location: Location
  readonly pattern: KeyPattern | undefined
}

/** Copies, or with `moving` moves, what the arguments name. */
export async function runTransfer(context: CommandContext, moving: boolean): Promise<ExitName> {
  const { flags, report, signal } = context
  const locations = context.args.map(parseLocation)
  const target = locations.pop()
  const [first] = locations
  if (!target || !first) throw usageError("missing required argument 'target'")
  for (const source of locations) assertPossible(source, target, moving)
  const [recursive, wildcards] = [flags.on('recursive'), !flags.on('literal')]
  if (wildcards) requirePlain(target, 'a target')
  if (wildcards && recursive) requirePlain(first, '-r')
  const sources = locations.map((location) => ({ location, pattern: wildcards ? keyPattern(location) : undefined }))
  const isOne = !recursive && sources.length === 1 && sources[0]?.pattern === undefined
  if (!isOne && flags.text('versionId') !== undefined) throw usageError('--version-id is of one object')
  if (!isOne && flags.text('checkpoint') !== undefined)
    throw usageError('--checkpoint is of one object: --state-folder is of several')
  const session = await openSession(context)
  const options = readTransferOptions(context, session.settings)
  const transfer: Transfer = { session, report, signal, options }
  if (target.kind === 'pipe') report.takeStdout()
  if (isOne) return transferOne(transfer, first, await completeTarget(first, target), moving)
  const filter = await readNameFilter(context)
  if (!recursive) return transferSeveral(transfer, sources, target, moving, filter)
  if (locations.length > 1) throw usageError('-r takes one source')
  return transferAll(transfer, first, target, moving, filter)
}

async function transferSeveral(
  transfer: Transfer,
  sources: readonly Source[],
  target: Location,
  moving: boolean,
  filter: NameFilter,
): Promise<ExitName> {
  const { report, options, signal } = transfer
  const folder = await asTargetFolder(target)
  const steps = async function* () {
    for (const { location, pattern } of sources) {
      if (pattern) yield* stepsLike(transfer, pattern, folder, moving, filter)
      else yield await stepOf(transfer, location, folder, moving)
    }
  }
  const tally = await runAll(steps(), { report, signal, jobs: options.jobs, dealing: dealingOf(target) })
  const verb = verbOf(sources[0]?.location ?? target, target, moving)
  tally.report(report, options.dryRun ? `to ${verb.will}` : verb.did)
  return tally.exit
}

/** One source of several. */
async function stepOf(transfer: Transfer, source: Location, folder: Location, moving: boolean): Promise<Step> {
  try {
    return taskOf(transfer, source, await completeTarget(source, folder), moving)
  } catch (error) {
    return { object: describeLocation(source), error }
  }
}

/** All that is like a pattern, each with its name below the pattern's folder. */
async function* stepsLike(
  transfer: Transfer,
  pattern: KeyPattern,
  folder: Location,
  moving: boolean,
  filter: NameFilter,
): AsyncGenerator<Step> {
  const { session, signal } = transfer
  const from = patternPlace(session, pattern, filter, signal)
  const to = placeOf(session, folder, ANYTHING, signal)
  if (pattern.isDeep) assertApart(from, to)
  if (to.object) session.dataKeys.requireKey()
  const verb = verbOf(pattern.folder, folder, moving)
  const plan = { transfer, from, to, verb, transferEach: moving ? moveObject : undefined }
  let found = 0
  for await (const step of copySteps(plan)) {
    found++
    yield step
  }
  if (found === 0) yield { object: describeLocation(pattern.pattern), error: nothingLike(pattern) }
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
  const { session, options, signal, times } = transfer
  const { followLinks } = options
  const from = placeOf(session, source, { ...filter, followLinks, times }, signal)
  const to = placeOf(session, target, { ...ANYTHING, chooses: filter.chooses, times }, signal)
  if (from.folder !== undefined && !(await stat(from.folder)).isDirectory())
    throw usageError(`${from.folder} is not a folder`)
  assertApart(from, to)
  return { transfer, from, to, verb }
}

/** All that is at a target. */
const ANYTHING = { chooses: () => true, names: undefined, followLinks: false, mayBeMissing: true } as const

/** @throws CommandError when what is copied could be found again, and copied again. */
function assertApart(from: Place, to: Place): void {
  if (!from.object || to.object?.bucket !== from.object.bucket) return
  const [a, b] = [from.object.key, to.object.key]
  if (b.startsWith(a) || a.startsWith(b)) throw usageError('one of source and target is inside the other')
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
      const { versionId } = transfer.options.get
      const there = () => findEntry(session, target, signal)
      const from = () => findEntry(session, source, signal, versionId)
      return whyNotWanted({ ...transfer, signal }, [source, target], there, from)
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
