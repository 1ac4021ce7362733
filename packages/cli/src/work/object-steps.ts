import { listObjects, type ListedObject } from '../cloud/list-objects.js'
import { listVersions, type ListedVersion } from '../cloud/list-versions.js'
import type { Session } from '../cloud/session.js'
import { CommandError, usageError } from '../command-error.js'
import type { CommandContext } from '../command-spec.js'
import { keyPattern, nothingLike, requirePlain, type KeyPattern } from '../key-pattern.js'
import {
  asFolder,
  describeLocation,
  parseObject,
  parsePrefix,
  requireReachable,
  type ObjectLocation,
} from '../location.js'
import { readNameFilter, type NameFilter } from '../transfer/name-filter.js'
import type { Outcome, Step } from './task.js'

/** An object that was named, or listed. */
export interface MeantObject extends ObjectLocation {
  /** Bytes that OSS holds, where it was listed. */
  readonly storedLength: number | undefined
  /** Where versions were listed: which one it is. */
  readonly version?: ListedVersion | undefined
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
  /** All versions, and delete markers, of what is meant, each by itself. */
  readonly versions?: boolean
}

/** Each object that is meant. @throws CommandError `NotFound` for a pattern that nothing is like. */
export async function* meantObjects(
  session: Session,
  { locations, recursive, wildcards, filter }: MeantObjects,
  signal: AbortSignal,
  { folders = false, mayBeNone = false, versions = false }: MeantOptions = {},
): AsyncGenerator<MeantObject> {
  for (const location of locations) {
    const pattern = recursive || !wildcards ? undefined : keyPattern(location)
    const named = namedObjects(location, recursive, pattern, filter)
    if (named) {
      for (const each of named) {
        if (versions) yield* versionsOf(session, each, signal, mayBeNone)
        else yield { ...each, storedLength: undefined }
      }
    } else {
      let found = 0
      const { prefix, folder } = pattern ?? { prefix: location, folder: location }
      for await (const listed of (versions ? listVersions : listObjects)(session, prefix, signal)) {
        const { key, storedLength } = listed
        if (pattern?.matches(key) === false || !filter.chooses(key.slice(folder.key.length))) continue
        if (!folders && key.endsWith('/') && storedLength === 0) continue
        found++
        yield { ...location, key, storedLength, version: asVersion(listed) }
      }
      if (pattern && found === 0 && !mayBeNone) throw nothingLike(pattern)
    }
  }
}

/** What was named, by its whole key; undefined for what is listed. */
function namedObjects(
  location: ObjectLocation,
  recursive: boolean,
  pattern: KeyPattern | undefined,
  { names }: NameFilter,
): readonly ObjectLocation[] | undefined {
  if (recursive) return names?.map((name) => ({ ...location, key: location.key + name }))
  return pattern ? undefined : [location]
}

/** @throws CommandError `NotFound`. */
async function* versionsOf(
  session: Session,
  location: ObjectLocation,
  signal: AbortSignal,
  mayBeNone: boolean,
): AsyncGenerator<MeantObject> {
  let found = 0
  for await (const version of listVersions(session, location, signal)) {
    // Keys come in order: that of the location before those that only begin with it.
    if (version.key !== location.key) break
    found++
    yield { ...location, storedLength: version.storedLength, version }
  }
  if (found === 0 && !mayBeNone)
    throw new CommandError('notFound', 'NotFound', `there is no version of ${describeLocation(location)}`)
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
        const { version } = object
        const shown = `${describeLocation(object)}${version ? describeVersion(version) : ''}`
        const runIt = async (asked: AbortSignal) => {
          requireReachable(object)
          return run(object, shown, asked).catch((error: unknown) => {
            throw meant.recursive ? error : explainFolder(object, error)
          })
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

/** What is not there may be a folder that was named as an object. */
function explainFolder(location: ObjectLocation, error: unknown): unknown {
  if (!location.key.endsWith('/') || (error as { readonly code?: unknown } | null)?.code !== 'NotFound') return error
  const message = `there is no object ${describeLocation(location)}`
  return new CommandError('notFound', 'NotFound', message, '-r is for everything below it')
}

function asVersion(listed: ListedObject | ListedVersion): ListedVersion | undefined {
  return 'versionId' in listed ? listed : undefined
}

function describeVersion({ versionId, isDeleteMarker }: ListedVersion): string {
  return ` (${isDeleteMarker ? 'delete marker' : 'version'} ${versionId})`
}
