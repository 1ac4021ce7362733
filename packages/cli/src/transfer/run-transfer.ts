import { lstat, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { CommandError, existsError, usageError } from '../command-error.js'
import type { CommandContext } from '../command-spec.js'
import { openSession, type Session } from '../cloud/session.js'
import type { ExitName } from '../exit-codes.js'
import { Interruption } from '../interruption.js'
import { asFolder, describeLocation, parseLocation, type Location } from '../location.js'
import { printable } from '../terminal/printable.js'
import { isOutdated, type Entry } from './entry.js'
import { moveObject } from './move-object.js'
import { filePlace, findObject, objectPlace, type Place } from './place.js'
import { reportFolder, transferFolder } from './transfer-folder.js'
import { readTransferOptions } from './transfer-options.js'
import { transferObject, type Transfer } from './transfer-object.js'

/** Copies, or with `moving` moves, what the two arguments name. */
export async function runTransfer(context: CommandContext, moving: boolean): Promise<ExitName> {
  const { args, flags, report, signal } = context
  const [source, target] = [parseLocation(args[0] ?? ''), parseLocation(args[1] ?? '')]
  if (source.kind !== 'oss' && target.kind !== 'oss') {
    throw usageError(
      'neither side is in OSS',
      'give oss://BUCKET/KEY on one side; `osscrypt encrypt` makes encrypted files',
    )
  }
  if (moving && (source.kind === 'pipe' || target.kind === 'pipe')) throw usageError('a pipe cannot be moved: use cp')
  const session = await openSession(context)
  const transfer: Transfer = { session, report, signal, options: readTransferOptions(context, session.settings) }
  if (target.kind === 'pipe') report.takeStdout()
  if (flags.on('recursive')) return transferAll(transfer, source, target, moving)
  return transferOne(transfer, source, await completeTarget(source, target), moving)
}

async function transferAll(transfer: Transfer, source: Location, target: Location, moving: boolean): Promise<ExitName> {
  const { options } = transfer
  if (options.checkpoint !== undefined) throw usageError('--checkpoint is of one object: leave -r out')
  const [from, to] = [placeOf(transfer, source), placeOf(transfer, target)]
  if (from.folder !== undefined && !(await lstat(from.folder)).isDirectory())
    throw usageError(`${from.folder} is not a folder`)
  if (from.object && to.object?.bucket === from.object.bucket && to.object.key.startsWith(from.object.key)) {
    throw usageError('the target is inside the source')
  }
  const result = await transferFolder(transfer, from, to, {
    verb: moving ? 'moved' : verbOf(source, target),
    ...(moving ? { transferEach: moveObject } : {}),
  })
  if (result.done + result.skipped + result.failed === 0) {
    throw new CommandError('notFound', 'NotFound', `there is nothing below ${describeLocation(source)}`)
  }
  return reportFolder(transfer, result)
}

/** @throws CommandError for a pipe. */
export function placeOf(
  { session, report, signal }: Pick<Transfer, 'session' | 'report' | 'signal'>,
  location: Location,
): Place {
  if (location.kind === 'pipe') throw usageError('a pipe has no folders: leave -r out')
  if (location.kind === 'oss') return objectPlace(session, asFolder(location), signal)
  return filePlace(location.path, (name, why) => report.note(`${printable(name)} is passed over: ${why}`))
}

async function transferOne(transfer: Transfer, source: Location, target: Location, moving: boolean): Promise<ExitName> {
  const { report, options, signal } = transfer
  const facts = { source: describeLocation(source), target: describeLocation(target) }
  const wanted = await isWanted(transfer, source, target)
  if (!wanted) {
    report.event({ type: 'skipped', ...facts }, `skipped ${printable(facts.source)}`)
    return 'ok'
  }
  const verb = moving ? 'moved' : verbOf(source, target)
  if (!options.dryRun) {
    try {
      await (moving ? moveObject : transferObject)(transfer, source, target)
    } catch (error) {
      if (options.checkpoint !== undefined && signal.reason instanceof Interruption) {
        signal.reason.hint = `the same command goes on with it; the state is in ${options.checkpoint}`
      }
      throw error
    }
  }
  const text = `${options.dryRun ? 'would ' : ''}${verb} ${printable(facts.source)} -> ${printable(facts.target)}`
  report.event({ type: 'transferred', ...facts, dryRun: options.dryRun }, text)
  return 'ok'
}

async function isWanted({ session, options, signal }: Transfer, source: Location, target: Location): Promise<boolean> {
  if (target.kind === 'pipe') return true
  if (target.kind === 'file') {
    const found = await stat(target.path).catch(() => undefined)
    // A device or a pipe, whatever leads there, is written to by nobody's accident, and is nothing that a rename may replace.
    if (found && !found.isFile()) throw usageError(`${target.path} is not a file`)
  }
  if (options.overwriting === 'replace') return true
  const there = await findEntry(session, target, signal)
  if (!there) return true
  if (options.overwriting === 'keep') return false
  if (options.overwriting === 'refuse') throw existsError(describeLocation(target))
  if (source.kind === 'pipe') return true
  const entry = await findEntry(session, source, signal)
  return !entry || isOutdated(there, entry)
}

async function findEntry(session: Session, location: Location, signal: AbortSignal): Promise<Entry | undefined> {
  if (location.kind === 'oss') return findObject(session, location, signal)
  if (location.kind === 'pipe') return undefined
  const found = await lstat(location.path).catch(() => undefined)
  return found && { name: location.path, kind: 'file', length: found.size, modified: found.mtime }
}

/** A target that is a folder gets the source's own name below it. */
async function completeTarget(source: Location, target: Location): Promise<Location> {
  const name = source.kind === 'oss' ? basename(source.key) : source.kind === 'file' ? basename(source.path) : ''
  if (source.kind === 'oss' && (source.key === '' || source.key.endsWith('/'))) {
    throw usageError(`${describeLocation(source)} names no object`, '-r takes everything below it')
  }
  if (source.kind === 'file' && (await lstat(source.path)).isDirectory()) {
    throw usageError(`${source.path} is a folder`, '-r takes folders')
  }
  if (target.kind === 'oss' && (target.key === '' || target.key.endsWith('/'))) {
    if (name === '') throw usageError('stdin has no name: give the object’s')
    return { ...target, key: target.key + name }
  }
  if (target.kind === 'file') {
    const isFolder = target.path.endsWith('/') || (await lstat(target.path).catch(() => undefined))?.isDirectory()
    if (isFolder) {
      const { targetPath } = await import('./target-path.js')
      return { kind: 'file', path: targetPath(join(target.path, '.'), name) }
    }
  }
  return target
}

function verbOf(source: Location, target: Location): string {
  if (source.kind === 'oss' && target.kind === 'oss') return 'copied'
  return target.kind === 'oss' ? 'uploaded' : 'downloaded'
}
