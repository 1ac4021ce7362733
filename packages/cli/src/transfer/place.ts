import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { ServiceError } from 'osscrypt'
import { CommandError } from '../command-error.js'
import { askOss } from '../cloud/ask-oss.js'
import { listObjects } from '../cloud/list-objects.js'
import type { Session } from '../cloud/session.js'
import { describeLocation, type ObjectLocation } from '../location.js'
import type { Entry } from './entry.js'
import { listFiles } from './list-files.js'
import { targetPath } from './target-path.js'

/** A folder of files, or of objects with a common prefix: what recursive commands read from and write to. */
export interface Place {
  /** A file system's folder; undefined in OSS. */
  readonly folder: string | undefined
  readonly object: ObjectLocation | undefined
  entries(): AsyncIterable<Entry>
  /** What has a name; undefined when nothing has. */
  find(name: string): Promise<Entry | undefined>
  /** How what has a name is shown. */
  describe(name: string): string
}

/** @param onSkipped Told of what is no file. */
export function filePlace(folder: string, onSkipped: (name: string, why: string) => void): Place {
  return {
    folder,
    object: undefined,
    entries: () => listFiles(folder, onSkipped),
    find: async (name) => {
      try {
        const found = await lstat(targetPath(folder, name))
        return { name, kind: 'file', length: found.size, modified: found.mtime }
      } catch (error) {
        const { code } = error as { code?: unknown }
        if (code === 'ENOENT' || code === 'ENOTDIR' || error instanceof CommandError) return undefined
        throw error
      }
    },
    describe: (name) => join(folder, name),
  }
}

/** Objects below a prefix. What `find` answers is listed once, at its first call. */
export function objectPlace(session: Session, object: ObjectLocation, signal: AbortSignal): Place {
  const entries = async function* (): AsyncGenerator<Entry> {
    for await (const { key, storedLength, lastModified } of listObjects(session, object, signal)) {
      const name = key.slice(object.key.length)
      // Objects that stand for folders, as consoles make them.
      if ((name === '' || name.endsWith('/')) && storedLength === 0) continue
      yield { name, kind: 'object', length: storedLength, modified: lastModified }
    }
  }
  let listed: Promise<Map<string, Entry>> | undefined
  const list = async () => {
    const all = new Map<string, Entry>()
    for await (const entry of entries()) all.set(entry.name, entry)
    return all
  }
  return {
    folder: undefined,
    object,
    entries,
    find: async (name) => (await (listed ??= list())).get(name),
    describe: (name) => describeLocation({ ...object, key: object.key + name }),
  }
}

/** One object; undefined when it is not there. */
export async function findObject(
  session: Session,
  { bucket, key }: ObjectLocation,
  signal: AbortSignal,
): Promise<Entry | undefined> {
  const store = await session.rawStore(bucket)
  try {
    const { res } = await askOss(`HeadObject ${key}`, () => store.head(key), { retry: session.retry, signal })
    const headers = res.headers as Record<string, string | undefined>
    return {
      name: key,
      kind: 'object',
      length: Number(headers['content-length']),
      modified: new Date(headers['last-modified'] ?? 0),
    }
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'NotFound') return undefined
    throw error
  }
}
