import { agreeOnEnvelope } from '../format/envelopes.js'
import type { StoreAnswer } from '../store/object-store.js'
import { objectChanged } from '../transfer/answer-extent.js'

/**
 * Asserts that two answers are about one object: one ETag, one version, one envelope or none beside it.
 *
 * @throws ServiceError `ObjectChanged`.
 */
export function assertSameObject(name: string, one: StoreAnswer, other: StoreAnswer): void {
  if (one === other) return
  const sameFacts = ['etag', 'x-oss-version-id'].every((header) => one.headers[header] === other.headers[header])
  if (!sameFacts || !agreeOnEnvelope(one.headers, other.headers)) throw objectChanged(name)
}
