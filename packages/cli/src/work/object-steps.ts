import { listObjects } from '../cloud/list-objects.js'
import type { Session } from '../cloud/session.js'
import { CommandError, usageError } from '../command-error.js'
import type { CommandContext } from '../command-spec.js'
import { keyPattern, nothingLike, requirePlain } from '../key-pattern.js'
import { asFolder, describeLocation, parseObject, parsePrefix, type ObjectLocation } from '../location.js'
import { readNameFilter, type NameFilter } from '../transfer/name-filter.js'
import { requireReachable } from '../transfer/reachable-key.js'
import type { Outcome, Step } from './task.js'

/** An object that was named, or listed. */
export interface MeantObject extends ObjectLocation {
  /** Bytes that OSS holds, where it was listed. */
  readonly storedLength: number | undefined
}

/** What commands that take objects were told of which are meant. */
export interface MeantObjects {
  readonly locations: readonly ObjectLocation[]
  /** Everything below them. */
  readonly recursive: boolean
  /** Whether `*` in a key is a wildcard. */
  readonly wildcards: boolean
  readonly filter: NameFilter
}

/** @throws CommandError for what is not in OSS, without -r for what is no object, and for a version of several. */
export async function readMeantObjects(
  context: Pick<CommandContext, 'args' | 'flags' | 'signal'>,
): Promise<MeantObjects> {
  const { args, flags } = context
  const [recursive, wildcards] = [flags.on('recursive'), !flags.on('literal')]
  const locations = args.map((arg) => (recursive ? asFolder(parsePrefix(arg)) : parseObject(arg)))
  if (recursive && wildcards) locations.forEach((location) => requirePlain(location, '-r'))
  const meant = { locations, recursive, wildcards, filter: await readNameFilter(context) }
  if (flags.text('versionId') !== undefined && areSeveral(meant)) throw usageError('--version-id is of one object')
  return meant
}

/** Whether more than one object may be meant. */
export function areSeveral(meant: MeantObjects): boolean {
  return areListed(meant) || meant.locations.length > 1
}

/** Whether objects are listed, not named. */
export function areListed({ locations, recursive, wildcards, filter }: MeantObjects): boolean {
  if (recursive) return filter.names === undefined
  return wildcards && locations.some((location) => keyPattern(location) !== undefined)
}

/** What else is meant, and what is none the worse. */
interface MeantOptions {
  /** What stands for a folder, too. */
  readonly folders?: boolean
  /** Nothing may be like a pattern. */
  readonly mayBeNone?: boolean
}

/** Each object that is meant. @throws CommandError `NotFound` for a pattern that nothing is like. */
export async function* meantObjects(
  session: Session,
  { locations, recursive, wildcards, filter }: MeantObjects,
  signal: AbortSignal,
  { folders = false, mayBeNone = false }: MeantOptions = {},
): AsyncGenerator<MeantObject> {
  for (const location of locations) {
    const pattern = recursive || !wildcards ? undefined : keyPattern(location)
    if (!recursive && !pattern) yield { ...location, storedLength: undefined }
    else if (recursive && filter.names) {
      for (const name of filter.names) yield { ...location, key: location.key + name, storedLength: undefined }
    } else {
      let found = 0
      const { prefix, folder } = pattern ?? { prefix: location, folder: location }
      for await (const { key, storedLength } of listObjects(session, prefix, signal)) {
        if (pattern?.matches(key) === false || !filter.chooses(key.slice(folder.key.length))) continue
        if (!folders && key.endsWith('/') && storedLength === 0) continue
        found++
        yield { ...location, key, storedLength }
      }
      if (pattern && found === 0 && !mayBeNone) throw nothingLike(pattern)
    }
  }
}

/** Each object that is meant, as a task. */
export async function* objectSteps(
  session: Session,
  meant: MeantObjects,
  signal: AbortSignal,
  run: (object: MeantObject, shown: string, signal: AbortSignal) => Promise<Outcome>,
  options: MeantOptions = {},
): AsyncGenerator<Step> {
  for (const location of meant.locations) {
    try {
      for await (const object of meantObjects(session, { ...meant, locations: [location] }, signal, options)) {
        const shown = describeLocation(object)
        const runIt = async (asked: AbortSignal) => {
          requireReachable(object)
          return run(object, shown, asked)
        }
        yield { object: shown, length: object.storedLength, run: runIt }
      }
    } catch (error) {
      // That nothing is like one pattern does not keep the others from being done.
      if (!(error instanceof CommandError && error.code === 'NotFound')) throw error
      yield { object: describeLocation(location), error }
    }
  }
}
