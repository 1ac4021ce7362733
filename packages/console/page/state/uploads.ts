import { createStore, produce } from 'solid-js/store'
import type { FormatName } from 'osscrypt/oss'
import { clientOf } from './clients.js'
import { forget } from './descriptions.js'
import { toProblem, type Problem } from './problem.js'

export type UploadState = 'waiting' | 'running' | 'paused' | 'done' | 'failed' | 'exists'

export interface Upload {
  readonly id: number
  readonly bucket: string
  readonly key: string
  readonly length: number
  readonly format: FormatName
  state: UploadState
  /** Of 1. */
  done: number
  /** Replaces what is there. */
  replace: boolean
  problem: Problem | undefined
}

const AT_ONCE = 2

const [uploads, setUploads] = createStore<Upload[]>([])
export { uploads }

const files = new Map<number, File>()
const running = new Map<number, AbortController>()
let nextId = 1
let onStored: (bucket: string, key: string) => void = () => undefined

/** Called for each object that was stored. */
export function whenStored(listener: (bucket: string, key: string) => void): void {
  onStored = listener
}

/** A file, and the key that it is to be stored under. */
export interface FileToUpload {
  readonly file: File
  readonly key: string
}

/** Puts files in the queue. */
export function addUploads(bucket: string, given: readonly FileToUpload[], format: FormatName): void {
  const added = given.map(({ file, key }): Upload => {
    const id = nextId++
    files.set(id, file)
    const state = 'waiting'
    return { id, bucket, key, length: file.size, format, state, done: 0, replace: false, problem: undefined }
  })
  setUploads(produce((all) => all.push(...added)))
  startNext()
}

function change(id: number, changed: Partial<Upload>): void {
  setUploads((upload) => upload.id === id, changed)
}

/** Ends what is being sent of it; {@link resumeUpload} goes on. */
export function pauseUpload(id: number): void {
  change(id, { state: 'paused' })
  running.get(id)?.abort()
}

export function resumeUpload(id: number): void {
  change(id, { state: 'waiting', problem: undefined })
  startNext()
}

/** Stores it in the place of what is there. */
export function replaceByUpload(id: number): void {
  change(id, { state: 'waiting', replace: true })
  startNext()
}

/** Takes it out of the queue; what OSS has of it is aborted. */
export function cancelUpload(id: number): void {
  running.get(id)?.abort()
  files.delete(id)
  setUploads((all) => all.filter((upload) => upload.id !== id))
  startNext()
}

export function clearDone(): void {
  setUploads((all) => all.filter(({ state }) => state !== 'done'))
}

function startNext(): void {
  for (const upload of uploads) {
    if (running.size >= AT_ONCE || !navigator.onLine) return
    if (upload.state === 'waiting' && !running.has(upload.id)) void run(upload)
  }
}

addEventListener('online', () => {
  for (const { id, state, problem } of uploads) {
    if (state === 'failed' && problem?.code === 'Unreachable') change(id, { state: 'waiting', problem: undefined })
  }
  startNext()
})

async function run({ id, bucket, key, format, replace }: Upload): Promise<void> {
  const file = files.get(id)
  if (!file) return
  const control = new AbortController()
  running.set(id, control)
  change(id, { state: 'running', done: 0 })
  try {
    await clientOf(bucket).put(key, file, {
      format,
      signal: control.signal,
      headers: replace ? {} : { 'x-oss-forbid-overwrite': 'true' },
      progress: ({ bytes, total }) => change(id, { done: total ? Math.min(1, bytes / total) : 0 }),
    })
    files.delete(id)
    change(id, { state: 'done', done: 1 })
    forget(bucket, key)
    onStored(bucket, key)
  } catch (error) {
    if (!control.signal.aborted) {
      const problem = toProblem(error)
      change(id, { state: isThere(problem) ? 'exists' : 'failed', problem })
    }
  } finally {
    running.delete(id)
    startNext()
  }
}

/** OSS was told not to replace anything. */
function isThere({ serviceCode }: Problem): boolean {
  return serviceCode === 'FileAlreadyExists'
}
