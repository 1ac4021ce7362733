import { listObjects } from '../cloud/list-objects.js'
import type { Session } from '../cloud/session.js'
import { asFolder, describeLocation, parseObject, parsePrefix, type ObjectLocation } from '../location.js'
import type { NameFilter } from '../transfer/name-filter.js'
import { requireReachable } from '../transfer/transfer-task.js'
import type { Outcome, Step } from './task.js'

/** An object that was named, or listed. */
export interface MeantObject extends ObjectLocation {
  /** Bytes that OSS holds, where it was listed. */
  readonly storedLength: number | undefined
}

/** What commands that take objects were told of which are meant. */
export interface MeantObjects {
  readonly locations: readonly ObjectLocation[]
  readonly recursive: boolean
  readonly filter: NameFilter
}

/** @throws CommandError for what is not in OSS, and without -r for what is no object. */
export function parseObjects(args: readonly string[], recursive: boolean): readonly ObjectLocation[] {
  return args.map((arg) => (recursive ? asFolder(parsePrefix(arg)) : parseObject(arg)))
}

/** Each object that is meant, as a task. What stands for a folder is none. */
export async function* objectSteps(
  session: Session,
  { locations, recursive, filter }: MeantObjects,
  signal: AbortSignal,
  run: (object: MeantObject, shown: string, signal: AbortSignal) => Promise<Outcome>,
  { folders = false }: { readonly folders?: boolean } = {},
): AsyncGenerator<Step> {
  const taskOf = (object: MeantObject): Step => {
    const shown = describeLocation(object)
    const runIt = async (asked: AbortSignal) => {
      requireReachable(object)
      return run(object, shown, asked)
    }
    return { object: shown, length: object.storedLength, run: runIt }
  }
  for (const location of locations) {
    if (!recursive) yield taskOf({ ...location, storedLength: undefined })
    else if (filter.names) {
      for (const name of filter.names) yield taskOf({ ...location, key: location.key + name, storedLength: undefined })
    } else {
      for await (const { key, storedLength } of listObjects(session, location, signal)) {
        if (!filter.chooses(key.slice(location.key.length))) continue
        if (folders || !key.endsWith('/') || storedLength > 0) yield taskOf({ ...location, key, storedLength })
      }
    }
  }
}
