import { join } from 'node:path'
import { readdir } from 'node:fs/promises'
import { readOwnFile } from 'osscrypt/files'
import { CommandError } from '../command-error.js'
import { isRunning, type ProcessId } from '../process-id.js'

/** What is known of a local cloud that was started. */
export interface LocalState extends ProcessId {
  /** Names this start of it: a request to stop holds it. */
  readonly token: string
  readonly kmsEndpoint: string
  readonly ossEndpoint: string
  readonly region: string
  readonly cmk: string
  readonly buckets: readonly string[]
  readonly accessKey: { readonly accessKeyId: string; readonly accessKeySecret: string }
}

/** The file that tells of the local cloud while it runs. It is the user's alone. */
export function statePath(folder: string): string {
  return join(folder, 'running.json')
}

/** The file that asks a local cloud to end. */
export function stopPath(folder: string, token: string): string {
  return join(folder, `stop-${token}`)
}

const MAX_LENGTH = 1024 * 1024

async function readJson<Content>(path: string): Promise<Content> {
  return JSON.parse((await readOwnFile(path, MAX_LENGTH)) ?? '') as Content
}

/**
 * The local cloud that runs in a folder; undefined when none does.
 *
 * @throws OsscryptError `UntrustedFile` when others could have written what is there.
 */
export async function readLocalState(folder: string): Promise<LocalState | undefined> {
  let state: LocalState
  try {
    const told = await readJson<Omit<LocalState, 'accessKey'>>(statePath(folder))
    const accessKey = await readJson<LocalState['accessKey']>(join(folder, 'credentials.json'))
    state = { ...told, accessKey }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'UntrustedFile') throw error
    return undefined
  }
  return (await isRunning(state)) ? state : undefined
}

/** What a local cloud has in its folder. */
const CONTENT = new Set(['credentials.json', 'kms', 'local.log', 'lock', 'oss', 'running.json', 'sts', '.gitignore'])

/**
 * Asserts that there is nothing in a folder but a local cloud's: nothing else is written among, and nothing else deleted.
 *
 * @throws CommandError `NotALocalCloud`.
 */
export async function assertLocalFolder(folder: string, what: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  })
  const strange = names.find((name) => !CONTENT.has(name) && !/^(stop-|running\.json\.|lock\.)/.test(name))
  if (strange === undefined) return
  const hint = '--folder names a folder of its own, which is made if it is not there'
  throw new CommandError('refused', 'NotALocalCloud', `${join(folder, strange)} is not a local cloud’s: ${what}`, hint)
}
