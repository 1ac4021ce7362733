import { join } from 'node:path'
import { readOwnFile } from 'osscrypt/files'

/** What is known of a local cloud that was started. */
export interface LocalState {
  readonly pid: number
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
  return isRunning(state.pid) ? state : undefined
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid < 1) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
