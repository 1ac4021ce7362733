import { readFile } from 'node:fs/promises'

/** A process. `startedAt` tells it from a later one with the same number, where the system says it. */
export interface ProcessId {
  readonly pid: number
  readonly startedAt?: string | undefined
}

/** This process. */
export async function thisProcess(): Promise<ProcessId> {
  return { pid: process.pid, startedAt: await startOf(process.pid) }
}

/** Whether a process runs, and is still the same. */
export async function isRunning({ pid, startedAt }: ProcessId): Promise<boolean> {
  if (!Number.isSafeInteger(pid) || pid < 1) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const now = await startOf(pid)
  return now === undefined || startedAt === undefined || now === startedAt
}

/** When a process started, in Linux's own unit and with the boot it counts from; undefined where the system does not say. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8')
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
    // The second field is the program's name in brackets and may hold anything; the 20th after it is the start time.
    const start = status.slice(status.lastIndexOf(')') + 2).split(' ')[19]
    return start === undefined ? undefined : `${boot}/${start}`
  } catch {
    return undefined
  }
}
