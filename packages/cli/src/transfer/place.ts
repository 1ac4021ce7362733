import { lstat, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ServiceError } from 'osscrypt'
import { CommandError, usageError } from '../command-error.js'
import { askOss } from '../cloud/ask-oss.js'
import { listObjects } from '../cloud/list-objects.js'
import type { Session } from '../cloud/session.js'
import type { KeyPattern } from '../key-pattern.js'
import { asFolder, describeLocation, requireReachable, type Location, type ObjectLocation } from '../location.js'
import type { Entry, Found } from './entry.js'
import { keptMtime } from './file-times.js'
import { compareNames, listFiles, toEntry, type WalkOptions } from './list-files.js'
import type { NameFilter } from './name-filter.js'
import type { NotedTimes } from './noted-times.js'
import { targetPath } from './target-path.js'

/** A folder of files, or of objects with a common prefix: what recursive commands read from and write to. */
export interface Place {
  /** A file system's folder; undefined in OSS. */
  readonly folder: string | undefined
  readonly object: ObjectLocation | undefined
  /** All that is there and meant, in the order of names that OSS has. */
  found(): AsyncIterable<Found>
  /** What has a name, as far as it can be known without reading it; undefined when nothing has. */
  find(name: string, signal: AbortSignal): Promise<Entry | undefined>
  /** Where what has a name is. */
  locate(name: string): Location
}

/** How what is at a place is found. */
export interface PlaceOptions extends NameFilter, WalkOptions {
  /** Of objects: what was noted before, and is noted from now on. */
  readonly times?: NotedTimes | undefined
}

/** @throws CommandError for a pipe. */
export function placeOf(session: Session, location: Location, filter: PlaceOptions, signal: AbortSignal): Place {
  if (location.kind === 'pipe') throw usageError('a pipe has no folders: leave -r out')
  return location.kind === 'oss'
    ? objectPlace(session, asFolder(location), filter, signal)
    : filePlace(location.path, filter, signal)
}

function filePlace(folder: string, filter: NameFilter & WalkOptions, signal: AbortSignal): Place {
  const locate = (name: string): Location => ({ kind: 'file', path: join(folder, name) })
  const find = async (name: string): Promise<Entry | undefined> => {
    try {
      const stats = await (filter.followLinks ? stat : lstat)(targetPath(folder, name), { bigint: true })
      return stats.isDirectory() ? { ...toEntry(name, stats), kind: 'folder' } : toEntry(name, stats)
    } catch (error) {
      const { code } = error as { code?: unknown }
      if (code === 'ENOENT' || code === 'ENOTDIR' || error instanceof CommandError) return undefined
      throw error
    }
  }
  const found = () => (filter.names ? findAll(filter.names, find, signal) : listFiles(folder, filter))
  return { folder, object: undefined, found, find, locate }
}

/** What is like a pattern, by its name below the pattern's folder. */
export function patternPlace(session: Session, pattern: KeyPattern, filter: NameFilter, signal: AbortSignal): Place {
  if (filter.names) throw usageError('--files-from lists names below a prefix: it takes -r and no wildcards')
  const { folder, prefix } = pattern
  const chooses = (name: string) => pattern.matches(folder.key + name) && filter.chooses(name)
  return objectPlace(session, folder, { names: undefined, chooses }, signal, prefix)
}

/** @param prefix What all that is meant begins with, where that is more than the place. */
function objectPlace(
  session: Session,
  object: ObjectLocation,
  filter: NameFilter & Pick<PlaceOptions, 'times'>,
  signal: AbortSignal,
  prefix = object,
): Place {
  const { times } = filter
  const locate = (name: string): ObjectLocation => ({ ...object, key: object.key + name })
  const find = async (name: string, asked: AbortSignal) => {
    requireReachable(locate(name))
    const found = await findObject(session, locate(name), asked, name)
    if (found) times?.note(locate(name), found.etag, found.mtimeNs)
    return found
  }
  const list = async function* (): AsyncGenerator<Found> {
    for await (const { key, storedLength, lastModified, etag } of listObjects(session, prefix, signal)) {
      const name = key.slice(object.key.length)
      if (name === '' && storedLength === 0) continue
      if (!filter.chooses(name)) continue
      // Objects that stand for folders, as consoles make them.
      const kind = name.endsWith('/') && storedLength === 0 ? 'folder' : 'object'
      const mtimeNs = times?.find(locate(name), etag)
      yield { name, kind, length: storedLength, modified: lastModified, mtimeNs }
    }
  }
  const found = () => (filter.names ? findAll(filter.names, find, signal) : list())
  return { folder: undefined, object, found, find, locate }
}

/** What has the names that were listed, in the order that everything is found in. */
async function* findAll(names: readonly string[], find: Place['find'], signal: AbortSignal): AsyncGenerator<Found> {
  for (const name of [...new Set(names)].sort(compareNames)) {
    try {
      const found = await find(name, signal)
      yield found ?? { name, error: new CommandError('notFound', 'NotFound', `${name} is not there`) }
    } catch (error) {
      signal.throwIfAborted()
      yield { name, error }
    }
  }
}

/** An object that OSS was asked for. */
interface AskedObject extends Entry {
  readonly etag: string | undefined
  readonly mtimeNs: bigint | null
}

/** One object, and the time that is kept with it; undefined when it is not there. */
export async function findObject(
  session: Session,
  { bucket, key }: ObjectLocation,
  signal: AbortSignal,
  name = key,
  versionId?: string,
): Promise<AskedObject | undefined> {
  const store = await session.rawStore(bucket)
  const asked: object = { versionId }
  try {
    const { meta, res } = await askOss(`HeadObject ${key}`, () => store.head(key, asked), {
      retry: session.retry,
      signal,
    })
    const headers = res.headers as Record<string, string | undefined>
    return {
      name,
      kind: 'object',
      length: Number(headers['content-length']),
      modified: new Date(headers['last-modified'] ?? 0),
      etag: headers['etag'],
      mtimeNs: keptMtime(meta) ?? null,
    }
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'NotFound' && error.serviceCode !== 'NoSuchBucket')
      return undefined
    throw error
  }
}

/** What is at a location; undefined when nothing is, and for a pipe. @param versionId Of an object: which version. */
export async function findEntry(
  session: Session,
  location: Location,
  signal: AbortSignal,
  versionId?: string,
): Promise<Entry | undefined> {
  if (location.kind === 'oss') return findObject(session, location, signal, location.key, versionId)
  if (location.kind === 'pipe') return undefined
  const stats = await lstat(location.path, { bigint: true }).catch(() => undefined)
  return stats && toEntry(describeLocation(location), stats)
}
