import { quote } from '../bytes/quote.js'
import { NotEncryptedError, ServiceError } from '../errors.js'
import type { UnverifiedEnvelope } from '../format/envelope.js'
import { decodeEnvelope } from '../format/envelopes.js'
import { maxHeaderLength, type HeaderLimits } from '../message/header.js'
import type { ObjectStore, StoreAnswer } from '../store/object-store.js'
import { extentOf } from '../transfer/answer-extent.js'
import { fetchSameObject, type FetchOptions, type ObjectIdentity } from '../transfer/fetch.js'

/** Has room for the start of most messages. */
const FIRST_LENGTH = 4096

/**
 * The envelope of an object: beside its body or, where there is none, at its start, which takes one more request. Nothing of it is verified yet.
 *
 * @param answer What was answered about the object.
 * @param request How the start is asked for.
 * @throws NotEncryptedError when there is none; FormatError when it is not whole or not well-formed; ServiceError.
 */
export async function findEnvelope(
  store: ObjectStore,
  name: string,
  answer: StoreAnswer,
  request: FetchOptions,
  limits: HeaderLimits,
): Promise<UnverifiedEnvelope> {
  const beside = await decodeEnvelope(answer.headers, limits)
  if (beside) return beside
  const { etag } = answer.headers
  const { totalLength } = extentOf(answer)
  const inside = etag !== undefined && totalLength ? await findInside({ etag, totalLength }) : undefined
  if (inside) return inside
  throw new NotEncryptedError(`${quote(name)} was not stored with client-side encryption, or its envelope was removed`)

  async function findInside(identity: ObjectIdentity): Promise<UnverifiedEnvelope | undefined> {
    const { readBodyEnvelope } = await import('../format/message-body/envelope.js')
    return readBodyEnvelope(readStart(identity), limits).catch(unlessArchived)
  }

  /** The start of the body, as much of it as is taken. */
  async function* readStart(identity: ObjectIdentity): AsyncGenerator<Uint8Array> {
    // In a stream wrapped keys are base64, and so longer; between header and ciphertext there is little.
    const most = Math.min(identity.totalLength, 2 * maxHeaderLength(limits))
    for (const [first, end] of [
      [0, Math.min(FIRST_LENGTH, most)],
      [FIRST_LENGTH, most],
    ] as const) {
      if (first >= end) return
      const reading = await fetchSameObject(store, name, request, identity, { start: first, end: end - 1 })
      try {
        yield* reading.read()
      } finally {
        reading.close()
      }
    }
  }
}

/** What is archived has no body for the time being, of which something could be seen. */
function unlessArchived(error: unknown): undefined {
  if (error instanceof ServiceError && error.code === 'Archived') return undefined
  throw error
}
