import { quote } from '../bytes/quote.js'
import { OsscryptError, ServiceError } from '../errors.js'
import { noRetry, retrying } from '../retry/retry.js'
import type { StoredAnswer } from '../store/object-store.js'
import { headersFor } from '../store/request-headers.js'
import { assertStored, hasCrc64 } from './assert-stored.js'
import { assertAbsent } from './forbid-overwrite.js'
import { findMade } from './lost-answer.js'
import { UploadProgress } from './progress.js'
import type { SealedObject } from './sealed-object.js'
import type { SendObjectOptions, SendParts } from './send-options.js'
import { watchBody } from './watched-body.js'

/** What OSS takes in one PutObject request. */
const MAX_PUT_LENGTH = 5 * 1024 ** 3

/** Stores a sealed object, in one request or in parts, and compares what OSS says that it stored. */
export async function sendObject(
  parts: SendParts,
  name: string,
  sealed: SealedObject,
  options: SendObjectOptions,
): Promise<StoredAnswer> {
  const { multipart } = parts.store
  if (!multipart || !isSentInParts(parts, sealed)) return sendWhole(parts, name, sealed, options)
  const { sendInParts } = await import('./send-in-parts.js')
  return sendInParts(parts, multipart, name, sealed, options)
}

/** Whether an object is too long, or may be, for one request; where the store takes parts. */
export function isSentInParts({ multipartThreshold }: SendParts, { length }: SealedObject): boolean {
  return length === undefined || length > multipartThreshold
}

async function sendWhole(
  { store, retry, checkCrc64 }: SendParts,
  name: string,
  sealed: SealedObject,
  { headers, ...options }: SendObjectOptions,
): Promise<StoredAnswer> {
  if ((sealed.length ?? 0) > MAX_PUT_LENGTH) {
    throw new OsscryptError('LimitExceeded', 'a store that takes no parts takes at most 5 GiB')
  }
  const { signal } = options
  await assertAbsent({ store, retry }, name, headers, signal)
  const progress = new UploadProgress(options.progress, sealed.length)
  const { body, crc64 } = await watchBody(sealed.whole(), 1, progress, checkCrc64)
  return retrying(body.rereadable ? retry : noRetry, signal, async (attempt) => {
    let answer: StoredAnswer
    try {
      await sealed.assertWhole()
      answer = await store.put(name, body, { ...options, headers: headersFor('put', headers) })
    } catch (error) {
      const sent = crc64()
      const isThere = error instanceof ServiceError && error.serviceCode === 'FileAlreadyExists'
      // What the source is now says nothing of an attempt before, whose answer was lost; and where the object is its own source, that one changed it.
      const mayBeMade = isThere || (attempt > 1 && error instanceof OsscryptError && error.code === 'SourceChanged')
      if (!mayBeMade || sent === undefined) throw error
      answer = await findMade(store, name, error, hasCrc64(sent), { headers, signal })
    }
    assertStored(answer, crc64(), quote(name))
    return answer
  })
}
