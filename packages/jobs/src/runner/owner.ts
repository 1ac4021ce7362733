import { randomUUID } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Which process works on a job. */
export interface Owner {
  /** Of this run of the job, and of no other. */
  readonly token: string
  readonly pid: number
  /** When the process began, where the system tells: process ids are given anew. */
  readonly started: string | undefined
  /** Where process ids mean the same processes: a container has its own, and so does the machine after its next start. */
  readonly place: string
  /** When it was last heard of: milliseconds since 1970. */
  readonly beat: number
}

/** How often an owner is to be heard of. */
export const BEAT_MS = 3000
/** An owner of whose process nothing can be known here is taken for ended when it has been silent for so long. */
const SILENT_MS = 5 * BEAT_MS

/** This process as the owner of a job. */
export function thisOwner(): Owner {
  const started = startOf(process.pid)?.started
  return { token: randomUUID(), pid: process.pid, started, place: placeOf(), beat: Date.now() }
}

/** Whether another process works on a job still. This one knows which it works on. */
export function isWorking({ pid, started, place, beat }: Owner): boolean {
  if (place !== placeOf()) return Date.now() - beat < SILENT_MS
  const now = startOf(pid)
  if (pid === process.pid && now?.started === started) return false
  return now ? now.started === started && now.alive : isAlive(pid)
}

/** By its boot and its namespace of process ids, where the system has them (Linux). */
function placeOf(): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return hostname()
  }
}

/** When a process began, in ticks since the start of the machine, and whether it is more than the rest of one that nobody has waited for: proc(5). */
function startOf(pid: number): { readonly started: string | undefined; readonly alive: boolean } | undefined {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'latin1')
    // Behind the name, which may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { started: fields[19], alive: !/^[ZXx]$/.test(fields[0] ?? '') }
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
