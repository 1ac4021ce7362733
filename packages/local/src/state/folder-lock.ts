import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { LocalCloudError } from '../local-cloud-error.js'
import { writePrivateFile } from './private-file.js'

/** Who has the folder. `startedAt` tells a process from a later one with the same number, where the system says it. */
interface LockOwner {
  readonly pid: number
  readonly startedAt?: string
  readonly token: string
}

/**
 * Takes the folder for this process, and returns what gives it back.
 *
 * The lock is a file with the owner's process number. It survives a kill; the next one to come sees that the owner is gone
 * and takes its place.
 *
 * @throws {LocalCloudError} `FOLDER_LOCKED` while the owner runs, in this process or another.
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, 'lock')
  const token = randomBytes(8).toString('hex')
  const startedAt = startOf(process.pid)
  const owner: LockOwner = { pid: process.pid, ...(startedAt === undefined ? {} : { startedAt }), token }
  const mine = `${path}.${token}`
  writePrivateFile(mine, JSON.stringify(owner))
  try {
    for (let attempt = 0; ; attempt += 1) {
      if (linkUnlessThere(mine, path)) break
      const other = readOwner(path)
      if (other === undefined || attempt > 10 || isRunning(other)) throw lockedError(folder, other)
      removeLockOf(path, other, token)
    }
  } finally {
    rmSync(mine, { force: true })
  }
  return () => {
    if (readOwner(path)?.token === token) rmSync(path, { force: true })
  }
}

/** A hard link appears with all of its content or not at all, and never in the place of another file. */
function linkUnlessThere(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Takes a dead owner's lock away; one that someone else took meanwhile is put back. */
function removeLockOf(path: string, owner: LockOwner, token: string): void {
  const aside = `${path}.${token}.old`
  try {
    renameSync(path, aside)
  } catch {
    return
  }
  if (readOwner(aside)?.token !== owner.token) linkUnlessThere(aside, path)
  rmSync(aside, { force: true })
}

function readOwner(path: string): LockOwner | undefined {
  try {
    const owner = JSON.parse(readFileSync(path, 'utf8')) as LockOwner
    return Number.isSafeInteger(owner.pid) && owner.pid > 0 ? owner : undefined
  } catch {
    return undefined
  }
}

function isRunning(owner: LockOwner): boolean {
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  const startedAt = startOf(owner.pid)
  return startedAt === undefined || owner.startedAt === undefined || startedAt === owner.startedAt
}

/** When a process started, in Linux's own unit and with the boot it counts from; undefined where the system does not say. */
function startOf(pid: number): string | undefined {
  try {
    const status = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    // The second field is the program's name in brackets and may hold anything; the 20th after it is the start time.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ')
    return fields[19] === undefined ? undefined : `${boot}/${fields[19]}`
  } catch {
    return undefined
  }
}

function lockedError(folder: string, owner: LockOwner | undefined): LocalCloudError {
  const who = owner === undefined ? 'something that left no process number' : `process ${String(owner.pid)}`
  const hint = owner === undefined ? `; if nothing runs there, delete ${join(folder, 'lock')}` : ''
  return new LocalCloudError('FOLDER_LOCKED', `${folder} is in use by ${who}${hint}`)
}
