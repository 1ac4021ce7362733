import { retrying, type RetryPolicy } from '../retry/retry.js'
import type { MultipartStore, StoredAnswer } from '../store/object-store.js'
import { headersFor } from '../store/request-headers.js'
import { assertAbsent } from './forbid-overwrite.js'
import { UploadProgress } from './progress.js'
import type { SealedObject, SealedPart } from './sealed-object.js'
import type { SendObjectOptions, SendParts } from './send-options.js'
import { completeUpload, uploadParts, type SentPart, type UploadTarget } from './upload-parts.js'

const DEFAULT_PARALLEL = 4

/** Whoever waits for a failure, or for the end of what was aborted, does not wait longer for what is tidied up. */
const ABORT_TIMEOUT_MS = 5000

/** Nothing can be seen of the object before all of its parts are there. When one cannot be sent, the upload is aborted. */
export async function sendInParts(
  parts: SendParts,
  multipart: MultipartStore,
  name: string,
  sealed: SealedObject,
  options: SendObjectOptions,
): Promise<StoredAnswer> {
  const target = await beginUpload(parts, multipart, name, sealed, options)
  try {
    return await finishUpload(target, sealed, parts, options)
  } catch (error) {
    await abortUpload(target, parts.retry)
    throw error
  }
}

/** Begins an upload in parts. */
export async function beginUpload(
  { store, retry }: SendParts,
  multipart: MultipartStore,
  name: string,
  { partMetadata }: Pick<SealedObject, 'partMetadata'>,
  options: SendObjectOptions,
): Promise<UploadTarget> {
  const { headers, mime, signal } = options
  await assertAbsent({ store, retry }, name, headers, signal)
  const settings = { headers: { ...headersFor('initiate', headers), ...partMetadata }, mime, signal }
  const uploadId = await retrying(retry, signal, () => multipart.initiate(name, settings))
  return { store, multipart, name, uploadId, headers, partMetadata }
}

/** What is known of an upload that was begun before, and who is to know how it goes on. */
export interface UploadRecord {
  /** The parts that OSS has. */
  readonly done?: readonly SentPart[]
  /** Called with all parts that OSS has whenever there is another. */
  readonly onSent?: (parts: readonly SentPart[]) => Promise<void>
}

/** Sends the parts that OSS does not have, and makes the object of all. */
export async function finishUpload(
  target: UploadTarget,
  sealed: SealedObject,
  { retry, checkCrc64 }: SendParts,
  options: SendObjectOptions,
  record: UploadRecord = {},
): Promise<StoredAnswer> {
  const { signal, parallel = DEFAULT_PARALLEL } = options
  const before = new Map((record.done ?? []).map((part) => [part.number, part]))
  // Only parts of this plan become part of the object, whatever else was said to be there.
  const have = new Map<number, SentPart>()
  const progress = new UploadProgress(options.progress, sealed.length)
  await uploadParts(target, missingParts(sealed.parts(), before, have, progress), {
    retry,
    parallel,
    signal,
    checkCrc64,
    progress,
    onSent: async (part) => {
      have.set(part.number, part)
      await record.onSent?.([...have.values()])
    },
  })
  await sealed.assertWhole()
  const all = [...have.values()].sort((left, right) => left.number - right.number)
  return completeUpload(target, all, { retry, signal })
}

async function* missingParts(
  parts: AsyncIterable<SealedPart>,
  before: ReadonlyMap<number, SentPart>,
  have: Map<number, SentPart>,
  progress: UploadProgress,
): AsyncGenerator<SealedPart> {
  for await (const part of parts) {
    const sent = before.get(part.number)
    if (sent?.length !== part.length) {
      yield part
      continue
    }
    have.set(part.number, sent)
    progress.report(part.number, part.length, part.length)
    await part.dispose()
  }
}

/** Ends an upload that has failed; when that fails too, or takes too long, what is left can be found with `listUploads`. */
export async function abortUpload(target: UploadTarget, retry: RetryPolicy): Promise<void> {
  const { multipart, name, uploadId } = target
  try {
    const signal = AbortSignal.timeout(ABORT_TIMEOUT_MS)
    const headers = headersFor('abort', target.headers)
    await retrying(retry, signal, () => multipart.abort(name, uploadId, { headers, signal }))
  } catch {
    // The error that led here is the one to tell.
  }
}
