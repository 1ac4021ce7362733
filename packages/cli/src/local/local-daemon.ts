import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { CommandError } from '../command-error.js'
import { readLocalState, statePath, stopPath, type LocalState } from './local-state.js'
import { nonEmpty } from '../non-empty.js'
import { thisProcess } from '../process-id.js'

const KEY_ALIAS = 'alias/osscrypt-local'
const POLL_MS = 50
const START_WITHIN_MS = 20_000

/** What a local cloud is started with. */
export interface LocalStart {
  readonly folder: string
  readonly buckets: readonly string[]
  readonly ossPort: number | undefined
  readonly kmsPort: number | undefined
}

/** Runs the local cloud in this process until the signal, or a request to stop. */
export async function runLocalCloud(
  { folder, buckets, ossPort, kmsPort }: LocalStart,
  signal: AbortSignal,
  onStarted: (state: LocalState) => void,
): Promise<void> {
  const { startLocalCloud } = await import('osscrypt-local')
  const ports = { ...(ossPort === undefined ? {} : { ossPort }), ...(kmsPort === undefined ? {} : { kmsPort }) }
  const cloud = await startLocalCloud({ folder, buckets, ...ports })
  const token = randomBytes(8).toString('hex')
  try {
    const cmk = (await cloud.findKey(KEY_ALIAS)) ?? (await cloud.createKey({ alias: KEY_ALIAS }))
    const told = {
      ...(await thisProcess()),
      token,
      kmsEndpoint: cloud.kms.endpoint,
      ossEndpoint: cloud.oss.endpoint,
      region: cloud.region,
      cmk,
      buckets,
    }
    const temporary = `${statePath(folder)}.${token}`
    await writeFile(temporary, `${JSON.stringify(told, undefined, 2)}\n`, { mode: 0o600 })
    await rename(temporary, statePath(folder))
    onStarted({ ...told, accessKey: cloud.credentials })
    while (!signal.aborted && !existsSync(stopPath(folder, token))) await wait(POLL_MS)
  } finally {
    await cloud.close()
    forget(folder, token)
  }
}

/** A later start may have written its own meanwhile. */
function forget(folder: string, token: string): void {
  rmSync(stopPath(folder, token), { force: true })
  try {
    const { token: current } = JSON.parse(readFileSync(statePath(folder), 'utf8')) as { token?: unknown }
    if (current === token) rmSync(statePath(folder), { force: true })
  } catch {
    // It is gone already.
  }
}

/**
 * Starts the local cloud as a process of its own, which stays when this one ends.
 *
 * @throws CommandError when it does not come up, with what it said.
 */
export async function startInBackground(start: LocalStart, signal: AbortSignal): Promise<LocalState> {
  await mkdir(start.folder, { recursive: true, mode: 0o700 })
  const logPath = join(start.folder, 'local.log')
  const log = await open(logPath, 'w', 0o600)
  const args = [
    'local',
    'start',
    '--foreground',
    '--folder',
    start.folder,
    ...start.buckets.flatMap((name) => ['--bucket', name]),
  ]
  if (start.ossPort !== undefined) args.push('--oss-port', String(start.ossPort))
  if (start.kmsPort !== undefined) args.push('--kms-port', String(start.kmsPort))
  const bin = fileURLToPath(new URL('../../bin/osscrypt.js', import.meta.url))
  const child = spawn(process.execPath, [bin, ...args], { detached: true, stdio: ['ignore', log.fd, log.fd] })
  await log.close()
  let ended = false
  child.once('error', () => (ended = true))
  child.once('exit', () => (ended = true))
  const until = Date.now() + START_WITHIN_MS
  try {
    while (Date.now() < until && !hasEnded()) {
      const state = await readLocalState(start.folder)
      if (state?.pid === child.pid && state !== undefined) return state
      await wait(POLL_MS, undefined, { signal })
    }
  } catch (error) {
    child.kill()
    throw error
  } finally {
    child.unref()
  }
  const said = readFileSync(logPath, 'utf8')
    .split('\n')[0]
    ?.replace(/^osscrypt: /, '')
  throw new CommandError(
    'failure',
    'LocalNotStarted',
    `the local cloud did not start: ${nonEmpty(said) ?? 'it said nothing'}`,
  )

  function hasEnded(): boolean {
    return ended
  }
}

/** Asks the local cloud to end and waits until it has; false when none runs. */
export async function stopLocalCloud(folder: string): Promise<boolean> {
  const state = await readLocalState(folder)
  if (!state) return false
  await writeFile(stopPath(folder, state.token), '', { mode: 0o600 })
  const until = Date.now() + START_WITHIN_MS
  while (Date.now() < until) {
    await wait(POLL_MS)
    if ((await readLocalState(folder))?.token !== state.token) return true
  }
  await rm(stopPath(folder, state.token), { force: true })
  throw new CommandError('failure', 'LocalNotStopped', `the local cloud (process ${state.pid}) does not end`)
}
