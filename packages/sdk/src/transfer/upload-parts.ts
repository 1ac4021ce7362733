import { quote } from '../bytes/quote.js'
import { OsscryptError, ServiceError } from '../errors.js'
import { abortable, retrying, type RetryPolicy } from '../retry/retry.js'
import { createCrc64Combiner } from '../store/crc64.js'
import { linkAbort } from '../retry/linked-abort.js'
import { assertStored, hasCrc64 } from './assert-stored.js'
import { assertAbsent } from './forbid-overwrite.js'
import { findMade } from './lost-answer.js'
import type { MultipartStore, ObjectStore, StoredAnswer, StoredPart } from '../store/object-store.js'
import type { UploadProgress } from './progress.js'
import type { SealedPart } from './sealed-object.js'
import { watchBody } from './watched-body.js'
import { MAX_PARTS } from './part-plan.js'
import { headersFor } from '../store/request-headers.js'

/** A part that OSS has. */
export interface SentPart extends StoredPart {
  readonly length: number
  readonly crc64: string | undefined
}

/** How parts are sent. */
export interface UploadPartsOptions {
  readonly retry: RetryPolicy
  /** How many parts are on their way at once. */
  readonly parallel: number
  readonly signal?: AbortSignal | undefined
  /** Whether the checksum of what OSS stored is compared. */
  readonly checkCrc64: boolean
  readonly progress: UploadProgress
  /** Called for every part that has been sent, before the next is begun in its place. */
  readonly onSent: (part: SentPart) => Promise<void>
}

/** A store that can take parts, and the upload that they belong to. */
export interface UploadTarget {
  readonly store: ObjectStore
  readonly multipart: MultipartStore
  readonly name: string
  readonly uploadId: string
  /** The headers of the call, each of which goes with the requests that it belongs to. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** What each part is sent with beside those. */
  readonly partMetadata?: Readonly<Record<string, string>> | undefined
}

/**
 * Sends parts, several at a time; each is retried by itself. The first failure ends all others, and does not wait for a part that is still being
 * made: disposing of what makes it is the caller's part.
 */
export async function uploadParts(
  target: UploadTarget,
  parts: AsyncIterable<SealedPart>,
  options: UploadPartsOptions,
): Promise<void> {
  const link = linkAbort(options.signal)
  const { signal } = link
  const underWay = new Set<Promise<void>>()
  const send = async (part: SealedPart): Promise<void> => {
    try {
      const done = await sendPart(target, part, { ...options, signal })
      await options.onSent(done)
    } catch (error) {
      link.abort(error)
      throw error
    } finally {
      await part.dispose()
    }
  }
  const iterator = parts[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await abortable(iterator.next(), signal, disposeLate)
      if (next.done) break
      const sending = send(next.value).finally(() => underWay.delete(sending))
      // A failure is told through the signal, while the next part is waited for.
      sending.catch(() => undefined)
      underWay.add(sending)
      if (underWay.size >= options.parallel) await Promise.race(underWay)
    }
    await Promise.all(underWay)
    signal.throwIfAborted()
  } catch (error) {
    link.abort(error)
    iterator.return?.().catch(() => undefined)
    await Promise.allSettled(underWay)
    throw error
  } finally {
    link.release()
  }
}

/** Frees a part that comes when nobody waits for it any more. */
function disposeLate(late: IteratorResult<SealedPart, unknown>): void {
  if (!late.done) late.value.dispose().catch(() => undefined)
}

async function sendPart(
  { multipart, name, uploadId, headers: given, partMetadata }: UploadTarget,
  part: SealedPart,
  { retry, signal, progress, checkCrc64 }: Omit<UploadPartsOptions, 'parallel' | 'onSent'>,
): Promise<SentPart> {
  if (part.number > MAX_PARTS) throw new OsscryptError('LimitExceeded', `OSS takes at most ${String(MAX_PARTS)} parts`)
  const headers = { ...headersFor('part', given), ...partMetadata }
  const watched = await watchBody(part, part.number, progress, checkCrc64)
  return retrying(retry, signal, async () => {
    const answer = await multipart.uploadPart(name, uploadId, part.number, watched.body, { headers, signal })
    const crc64 = watched.crc64()
    assertStored(answer, crc64, `part ${String(part.number)} of ${quote(name)}`)
    const { etag } = answer.headers
    if (etag === undefined) throw new ServiceError('BadAnswer', 'OSS answered without an ETag', { service: 'oss' })
    return { number: part.number, etag, length: part.length, crc64 }
  })
}

/** Makes the object of its parts, and compares what OSS says that it made. */
export async function completeUpload(
  { store, multipart, name, uploadId, headers: given }: UploadTarget,
  parts: readonly SentPart[],
  { retry, signal }: Pick<UploadPartsOptions, 'retry' | 'signal'>,
): Promise<StoredAnswer> {
  const crc64 = wholeCrc64(parts)
  const stored = parts.map(({ number, etag }) => ({ number, etag }))
  const headers = headersFor('complete', given)
  return retrying(retry, signal, async (attempt) => {
    let answer: StoredAnswer
    try {
      if (attempt === 1) await assertAbsent({ store, retry }, name, given, signal)
      answer = await multipart.complete(name, uploadId, stored, { headers, signal })
    } catch (error) {
      const mayBeMade =
        error instanceof ServiceError && /^(NoSuchUpload|FileAlreadyExists)$/.test(error.serviceCode ?? '')
      if (!mayBeMade || crc64 === undefined) throw error
      answer = await findMade(store, name, error, hasCrc64(crc64), { headers: given, signal })
    }
    assertStored(answer, crc64, quote(name), false)
    return answer
  })
}

function wholeCrc64(parts: readonly SentPart[]): string | undefined {
  const combine = createCrc64Combiner()
  let whole: string | undefined = '0'
  for (const { crc64, length } of parts) {
    if (crc64 === undefined || whole === undefined) whole = undefined
    else whole = combine(whole, crc64, length)
  }
  return whole
}
