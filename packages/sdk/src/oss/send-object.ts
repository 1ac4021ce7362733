import { OsscryptError, ServiceError } from '../errors.js'
import { noRetry, retrying, type RetryPolicy } from '../retry/retry.js'
import type { EncryptedObject } from './encrypted-object.js'
import type { MultipartStore, ObjectStore, StoreAnswer } from './object-store.js'
import type { ObjectPart } from './object-part.js'
import { assertStored, completeUpload, uploadParts, type SentPart, type UploadTarget } from './upload-parts.js'

/** How an object is sent. */
export interface SendObjectOptions {
  /** All headers of the object, its user metadata included. */
  readonly headers: Readonly<Record<string, string>>
  readonly mime?: string | undefined
  readonly parallel?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** What sending needs of a client. */
export interface SendParts {
  readonly store: ObjectStore
  readonly retry: RetryPolicy
  readonly multipartThreshold: number
}

type Answer = StoreAnswer & { readonly url?: string | undefined }

/** What OSS takes in one PutObject request. */
const MAX_PUT_LENGTH = 5 * 1024 ** 3

const DEFAULT_PARALLEL = 4

/** Whoever waits for a failure, or for the end of what was aborted, does not wait longer for what is tidied up. */
const ABORT_TIMEOUT_MS = 5000

/** What the request that makes the object of its parts takes of the object's headers; beginning an upload, OSS takes no ACL. */
const COMPLETION_HEADERS = /^x-oss-(forbid-overwrite|object-acl|callback|callback-var|request-payer)$/i

/** Stores an encrypted object, in one request or in parts, and compares what OSS says that it stored. */
export function sendObject(
  parts: SendParts,
  name: string,
  encrypted: EncryptedObject,
  options: SendObjectOptions,
): Promise<Answer> {
  const { multipart } = parts.store
  return multipart && isSentInParts(parts, encrypted)
    ? sendInParts(parts, multipart, name, encrypted, options)
    : sendWhole(parts, name, encrypted, options)
}

/** Whether an object is too long, or may be, for one request; where the store takes parts. */
export function isSentInParts({ multipartThreshold }: SendParts, { length }: EncryptedObject): boolean {
  return length === undefined || length > multipartThreshold
}

async function sendWhole(
  { store, retry }: SendParts,
  name: string,
  encrypted: EncryptedObject,
  options: SendObjectOptions,
): Promise<Answer> {
  if ((encrypted.length ?? 0) > MAX_PUT_LENGTH) {
    throw new OsscryptError('LimitExceeded', 'a store that takes no parts takes at most 5 GiB')
  }
  const { body, crc64 } = encrypted.whole()
  return retrying(body.rereadable ? retry : noRetry, options.signal, async (attempt) => {
    await encrypted.assertWhole()
    let answer
    try {
      answer = await store.put(name, body, options)
    } catch (error) {
      // With x-oss-forbid-overwrite: it may be this object that is there, stored by an attempt whose answer was lost.
      const mayBeOurs = attempt > 1 && error instanceof ServiceError && error.serviceCode === 'FileAlreadyExists'
      if (!mayBeOurs || crc64() === undefined) throw error
      answer = await store.head(name, { signal: options.signal })
      if (answer.headers['x-oss-hash-crc64ecma'] !== crc64()) throw error
    }
    assertStored(answer, crc64(), name)
    return answer
  })
}

/** Nothing can be seen of the object before all of its parts are there. When one cannot be sent, the upload is aborted. */
async function sendInParts(
  parts: SendParts,
  multipart: MultipartStore,
  name: string,
  encrypted: EncryptedObject,
  options: SendObjectOptions,
): Promise<Answer> {
  const target = await beginUpload(parts, multipart, name, options)
  try {
    return await finishUpload(target, encrypted, parts.retry, options)
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
  options: SendObjectOptions,
): Promise<UploadTarget> {
  const uploadId = await retrying(retry, options.signal, () => multipart.initiate(name, options))
  return { store, multipart, name, uploadId }
}

/**
 * Sends the parts that OSS does not have, and makes the object of all.
 *
 * @param progress `done`: the parts that it has; `onSent`: called with all of them whenever there is another.
 */
export async function finishUpload(
  target: UploadTarget,
  encrypted: EncryptedObject,
  retry: RetryPolicy,
  options: SendObjectOptions,
  progress: {
    readonly done?: readonly SentPart[]
    readonly onSent?: (parts: readonly SentPart[]) => Promise<void>
  } = {},
): Promise<StoreAnswer> {
  const { signal, parallel = DEFAULT_PARALLEL, headers } = options
  const before = new Map((progress.done ?? []).map((part) => [part.number, part]))
  // Only parts of this plan become part of the object, whatever else was said to be there.
  const have = new Map<number, SentPart>()
  const onSent = async (part: SentPart) => {
    have.set(part.number, part)
    await progress.onSent?.([...have.values()])
  }
  await uploadParts(target, missingParts(encrypted.parts(), before, have), {
    retry,
    parallel,
    signal,
    headers: pick(headers, /^x-oss-(request-payer|traffic-limit)$/i),
    onSent,
  })
  await encrypted.assertWhole()
  const all = [...have.values()].sort((left, right) => left.number - right.number)
  return completeUpload(target, all, pick(headers, COMPLETION_HEADERS), { retry, signal, crc64: encrypted.crc64 })
}

async function* missingParts(
  parts: AsyncIterable<ObjectPart>,
  before: ReadonlyMap<number, SentPart>,
  have: Map<number, SentPart>,
): AsyncGenerator<ObjectPart> {
  for await (const part of parts) {
    const sent = before.get(part.number)
    if (sent?.length !== part.body.length) {
      yield part
      continue
    }
    have.set(part.number, sent)
    part.skip()
    await part.dispose()
  }
}

/** Ends an upload that has failed; when that fails too, or takes too long, what is left can be found with `listUploads`. */
export async function abortUpload({ multipart, name, uploadId }: UploadTarget, retry: RetryPolicy): Promise<void> {
  try {
    const signal = AbortSignal.timeout(ABORT_TIMEOUT_MS)
    await retrying(retry, signal, () => multipart.abort(name, uploadId, { signal }))
  } catch {
    // The error that led here is the one to tell.
  }
}

function pick(headers: Readonly<Record<string, string>>, names: RegExp): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => names.test(name)))
}
