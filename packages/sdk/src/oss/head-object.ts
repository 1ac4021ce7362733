import type { UnverifiedEnvelope } from '../format/envelope.js'
import { boundKey } from '../format/binding.js'
import { callerMetadata } from '../format/envelopes.js'
import { loadFormat } from '../format/formats.js'
import type { ObjectFormat } from '../format/object-format.js'
import type { UnverifiedEncryptionInfo } from '../keys/verified-header.js'
import { retrying } from '../retry/retry.js'
import type { StoreAnswer } from '../store/object-store.js'
import { assertVersion, objectChanged } from '../transfer/answer-extent.js'
import { findEnvelope } from './find-envelope.js'
import { lookAtObject } from './locate-object.js'
import { fetchOptions, storeOptions, type ClientParts, type ObjectInfo, type ReadOptions } from './open-object.js'
import { refuseRequirements } from './verified-requirements.js'
import { assertSameObject } from './same-object.js'

/** Options of asking about an object. */
export interface HeadOptions extends ReadOptions {
  /**
   * Verifies envelope and length of a `floe` object, by opening its last segment; KMS is asked then, and what is said of the object is what was
   * verified. The length of any other object is authenticated by reading all of it only: that is an error. Without it, options that only a
   * verification can meet (`requiredContext`, `expectedKey`, `requireBinding`, `formats`) are refused. Default false.
   */
  readonly verifyLength?: boolean | undefined
}

/** What OSS says of an object without reading it. Nothing of it is verified: whoever can write to the bucket, or is on the way, can say it. */
export interface UnverifiedHeadResult extends Omit<ObjectInfo, 'encryption' | 'verified'> {
  readonly verified: false
  readonly status: number
  readonly encryption: UnverifiedEncryptionInfo
  /** Bytes of plaintext; undefined where padding hides it. */
  readonly plaintextLength: number | undefined
}

/** What is verified of a `floe` object. */
export interface HeadResult extends Omit<ObjectInfo, 'verified'> {
  readonly verified: true
  readonly status: number
  /** Bytes of plaintext. */
  readonly plaintextLength: number
}

/** Asks OSS about an object, and believes what it says. */
export async function headUnverified(
  parts: ClientParts,
  name: string,
  options: HeadOptions,
): Promise<UnverifiedHeadResult> {
  refuseRequirements(options, '`head`', 'set verifyLength, or read the object')
  const res = await retrying(parts.retry, options.signal, () => parts.store.head(name, storeOptions(options)))
  assertVersion(res, options)
  const envelope = await findEnvelope(parts.store, name, res, fetchOptions(parts, options), options)
  const { algorithm } = envelope.header
  const format = await loadFormat(envelope)
  return {
    verified: false,
    status: res.status,
    res,
    meta: callerMetadata(res.headers),
    encryption: format.describe(envelope),
    format: format.name,
    integrity: format.integrity(algorithm),
    plaintextLength: await unverifiedLength(parts, name, options, res, envelope, format),
  }
}

/** Opens start and end of a FLOE object: what is said of it is what was verified by that. */
export async function headVerified(parts: ClientParts, name: string, options: HeadOptions): Promise<HeadResult> {
  const { openRandomAccess } = await import('./random-access.js')
  const object = await openRandomAccess(parts, name, options)
  try {
    const length = await object.verifyLength()
    return { ...object.info, verified: true, status: object.info.res.status, plaintextLength: length }
  } finally {
    object.close()
  }
}

/** The plaintext length that follows from an object's length and, where its format needs that, from the start of its body. */
async function unverifiedLength(
  parts: ClientParts,
  name: string,
  options: HeadOptions,
  head: StoreAnswer,
  envelope: UnverifiedEnvelope,
  format: ObjectFormat,
): Promise<number | undefined> {
  const { etag, 'content-length': said } = head.headers
  const length = said === undefined ? undefined : Number(said)
  const known = parts.knownObjects.get(name, options.versionId)
  if (format.prefaceLength === 0) return format.layout(envelope, new Uint8Array(0), length).plaintextLength
  if (known && known.etag === etag && length !== undefined) {
    return format.layout(envelope, known.preface, length).plaintextLength
  }
  // What the client requires, and what an object is bound to, is for what is verified to meet.
  const expectedKey = boundKey(envelope.header.encryptionContext)
  const { found, located } = await lookAtObject({ ...parts, policy: {} }, name, { ...options, expectedKey })
  // Two answers, of which one thing is said: they have to be about one object.
  assertSameObject(name, found.reading.answer, head)
  const { totalLength } = located.identity
  if (totalLength !== (length ?? totalLength)) throw objectChanged(name)
  return format.layout(envelope, located.preface, totalLength).plaintextLength
}
