import { createStore, produce } from 'solid-js/store'
import type { ReadableFileHandle } from 'osscrypt/oss'
import { clientOf } from './clients.js'
import { forget } from './descriptions.js'
import { toProblem, type Problem } from './problem.js'
import { session } from './session.js'
import { abandonUpload, checkpointOf, listUnfinished, type UploadPlan } from './unfinished.js'
import type { UploadFormat } from './upload-format.js'

/**
 * `interrupted`: a page before this one had begun it. `exists`: there is an object of that name, and nobody has said that it may be replaced.
 * `changed`: the file is not what it was when the upload was begun.
 */
export type UploadState = 'waiting' | 'running' | 'paused' | 'interrupted' | 'done' | 'failed' | 'exists' | 'changed'

export interface Upload extends UploadPlan {
  readonly id: number
  readonly length: number
  state: UploadState
  /** Of 1. */
  done: number
  replace: boolean
  /** Begins anew when the file has changed. */
  restart: boolean
  problem: Problem | undefined
}

/** A file, and the key that it is to be stored under. */
export interface FileToUpload {
  readonly file: File
  readonly key: string
  /** By which it can be read after a reload, where the browser gives one. */
  readonly handle?: ReadableFileHandle | undefined
}

/** What an upload reads from; undefined after a reload, until the user has given the file again. */
interface Source {
  readonly file: File | undefined
  readonly handle: ReadableFileHandle | undefined
  readonly facts: { readonly name: string; readonly length: number; readonly modifiedMs: number }
}

const AT_ONCE = 2

/** All is on its way, and OSS has not said yet that it has it. */
const SENT = 0.99
const RETRY_MS = 20_000

const [uploads, setUploads] = createStore<Upload[]>([])
export { uploads }

const sources = new Map<number, Source>()
const running = new Map<number, AbortController>()
let nextId = 1
let onStored: (bucket: string, key: string) => void = () => undefined

/** Called for each object that was stored. */
export function whenStored(listener: (bucket: string, key: string) => void): void {
  onStored = listener
}

function change(id: number, changed: Partial<Upload>): void {
  setUploads((upload) => upload.id === id, changed)
}

function add(plan: UploadPlan, source: Source, state: UploadState, done: number): void {
  const id = nextId++
  sources.set(id, source)
  const { length } = source.facts
  setUploads(produce((all) => all.push({ ...plan, id, length, state, done, restart: false, problem: undefined })))
}

/** Puts files in the queue. One that a page before this one had begun to send is gone on with. */
export function addUploads(bucket: string, given: readonly FileToUpload[], format: UploadFormat): void {
  for (const { file, key, handle } of given) {
    const facts = { name: file.name, length: file.size, modifiedMs: file.lastModified }
    const begun = uploads.find(
      (upload) => upload.state === 'interrupted' && upload.bucket === bucket && upload.key === key,
    )
    if (begun) {
      sources.set(begun.id, { file, handle, facts })
      change(begun.id, { state: 'waiting' })
    } else add({ bucket, key, format, replace: false }, { file, handle, facts }, 'waiting', 0)
  }
  startNext()
}

/** Shows what a page before this one did not finish. */
export async function addUnfinished(): Promise<void> {
  for (const { file, handle, sentLength, ...plan } of await listUnfinished()) {
    const done = file.length === 0 ? 0 : Math.min(1, sentLength / file.length)
    add(plan, { file: undefined, handle, facts: file }, 'interrupted', done)
  }
}

/** Whether it can be gone on with without the user's giving the file again. */
export function canReadAgain(id: number): boolean {
  const { file, handle } = sources.get(id) ?? {}
  return file !== undefined || handle !== undefined
}

/** Ends what is being sent of it; {@link resumeUpload} goes on after the last part that OSS has. */
export function pauseUpload(id: number): void {
  change(id, { state: 'paused' })
  running.get(id)?.abort()
}

/** Goes on. Called by the user's click: the browser may ask whether the file may be read. */
export async function resumeUpload(id: number): Promise<void> {
  const source = sources.get(id)
  if (!source) return
  if (!source.file) {
    const permission = await requestRead(source.handle)
    if (!permission) return
  }
  change(id, { state: 'waiting', problem: undefined })
  startNext()
}

/** Stores it in the place of what is there. */
export function replaceByUpload(id: number): void {
  change(id, { state: 'waiting', replace: true, problem: undefined })
  startNext()
}

/** Sends the file as it is now, from its beginning. */
export function restartUpload(id: number): void {
  change(id, { state: 'waiting', restart: true, problem: undefined })
  startNext()
}

/** Takes it out of the queue; what OSS has of it is deleted. */
export function cancelUpload(id: number): void {
  const upload = uploads.find((each) => each.id === id)
  if (!upload) return
  const { bucket, key, format, replace, state } = upload
  setUploads((all) => all.filter((each) => each.id !== id))
  const control = running.get(id)
  sources.delete(id)
  if (control) control.abort(CANCELLED)
  else if (state !== 'done') void abandonUpload({ bucket, key, format, replace })
  startNext()
}

const CANCELLED = new DOMException('cancelled', 'AbortError')

export function clearDone(): void {
  setUploads((all) => all.filter(({ state }) => state !== 'done'))
}

function startNext(): void {
  for (const upload of uploads) {
    if (running.size >= AT_ONCE || !hasNetwork()) return
    if (upload.state === 'waiting' && !running.has(upload.id)) void run(upload)
  }
}

/** The local cloud needs none. */
function hasNetwork(): boolean {
  return navigator.onLine || session()?.isLocal === true
}

/** What failed on the way is tried again: when the network is back, and now and then. */
function retryFailed(): void {
  for (const { id, state, problem } of uploads) {
    if (state === 'failed' && (problem?.code === 'Unreachable' || problem?.code === 'ServiceFailure')) {
      change(id, { state: 'waiting', problem: undefined })
    }
  }
  startNext()
}
addEventListener('online', retryFailed)
setInterval(retryFailed, RETRY_MS)

async function run({ id, bucket, key, format, replace, restart }: Upload): Promise<void> {
  const source = sources.get(id)
  const body = source?.handle ?? source?.file
  if (!body) return
  const plan = { bucket, key, format, replace }
  const control = new AbortController()
  running.set(id, control)
  change(id, { state: 'running' })
  try {
    await clientOf(bucket).put(key, body, {
      format,
      signal: control.signal,
      checkpoint: checkpointOf(plan),
      restartIfChanged: restart,
      headers: replace ? {} : { 'x-oss-forbid-overwrite': 'true' },
      progress: ({ bytes, total }) => change(id, { done: total ? Math.min(SENT, bytes / total) : 0 }),
    })
    sources.delete(id)
    change(id, { state: 'done', done: 1 })
    forget(bucket, key)
    onStored(bucket, key)
  } catch (error) {
    if (control.signal.reason === CANCELLED) await abandonUpload(plan)
    else if (!control.signal.aborted) {
      const problem = toProblem(error)
      change(id, { state: stateAfter(problem), problem })
    }
  } finally {
    running.delete(id)
    startNext()
  }
}

function stateAfter({ code, serviceCode }: Problem): UploadState {
  if (serviceCode === 'FileAlreadyExists') return 'exists'
  return code === 'SourceChanged' || code === 'CheckpointMismatch' ? 'changed' : 'failed'
}

/** A handle that was kept over a reload may be read again when the user agrees; only some browsers have them. */
async function requestRead(handle: ReadableFileHandle | undefined): Promise<boolean> {
  const { requestPermission } = (handle ?? {}) as {
    readonly requestPermission?: (options: { readonly mode: 'read' }) => Promise<PermissionState>
  }
  if (!handle) return false
  return !requestPermission || (await requestPermission.call(handle, { mode: 'read' })) === 'granted'
}
