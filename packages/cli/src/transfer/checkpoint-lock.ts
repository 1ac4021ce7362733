import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { CommandError } from '../command-error.js'
import { isRunning, thisProcess, type ProcessId } from '../process-id.js'

interface Owner extends ProcessId {
  readonly token: string
}

/**
 * Takes a checkpoint for this process: two that send parts of one upload break it. A lock whose owner was killed is taken over.
 *
 * @returns what gives it back.
 * @throws CommandError `CheckpointInUse`.
 */
export async function lockCheckpoint(checkpoint: string): Promise<() => Promise<void>> {
  const path = `${checkpoint}.lock`
  const owner: Owner = { ...(await thisProcess()), token: randomUUID() }
  const mine = `${path}.${owner.token}`
  await writeFile(mine, JSON.stringify(owner), { flag: 'wx', mode: 0o600 })
  try {
    for (let attempt = 0; !(await linkUnlessThere(mine, path)); attempt++) {
      const other = await readOwner(path)
      if (attempt >= 10 || !other || (await isRunning(other))) throw inUse(checkpoint, path, other)
      await takeAway(path, other, owner.token)
    }
  } finally {
    await rm(mine, { force: true })
  }
  return async () => {
    if ((await readOwner(path))?.token === owner.token) await rm(path, { force: true })
  }
}

/** A hard link appears with all of its content or not at all, and never in the place of another file. */
async function linkUnlessThere(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Takes a dead owner's lock away; one that somebody took meanwhile is put back. */
async function takeAway(path: string, owner: Owner, token: string): Promise<void> {
  const aside = `${path}.${token}.old`
  try {
    await rename(path, aside)
  } catch {
    return
  }
  if ((await readOwner(aside))?.token !== owner.token) await linkUnlessThere(aside, path)
  await rm(aside, { force: true })
}

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    const owner = JSON.parse(await readFile(path, 'utf8')) as Owner
    return Number.isSafeInteger(owner.pid) && owner.pid > 0 ? owner : undefined
  } catch {
    return undefined
  }
}

function inUse(checkpoint: string, path: string, owner: Owner | undefined): CommandError {
  const who = owner ? `process ${owner.pid}` : 'another process'
  return new CommandError(
    'refused',
    'CheckpointInUse',
    `${who} works on the checkpoint ${checkpoint}`,
    `wait for it; if nothing runs, delete ${path}`,
  )
}
