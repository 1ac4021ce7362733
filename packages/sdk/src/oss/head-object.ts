import { compareBytes } from '../bytes/order.js'
import { decodeSegmentLength, floeParameters, plaintextLength } from '../floe/parameters.js'
import { describeUnverifiedHeader, type UnverifiedEncryptionInfo } from '../keys/verified-header.js'
import { encodeHeader, type MessageHeader } from '../message/header.js'
import { retrying } from '../retry/retry.js'
import { callerMetadata, decodeEnvelope } from './envelope-metadata.js'
import { assertSameAnswer, FLOE_HEADER_RANGE, learnFloeObject } from './get-floe-range.js'
import type { RangeParts } from './get-range.js'
import type { StoreAnswer } from './object-store.js'
import { readingOptions, storeOptions, type ObjectInfo, type ReadOptions } from './open-object.js'
import { openRandomAccess } from './random-access.js'
import { assertVersion, objectChanged, readObject } from './read-object.js'
import { refuseRequirements } from './reader-policy.js'

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
export interface UnverifiedHeadResult extends Omit<ObjectInfo, 'encryption'> {
  readonly verified: false
  readonly status: number
  readonly encryption: UnverifiedEncryptionInfo
  /** Bytes of plaintext; undefined where padding hides it. */
  readonly plaintextLength: number | undefined
}

/** What is verified of a `floe` object. */
export interface HeadResult extends ObjectInfo {
  readonly verified: true
  readonly status: number
  /** Bytes of plaintext. */
  readonly plaintextLength: number
}

/** Asks OSS about an object, and believes what it says. */
export async function headUnverified(
  parts: RangeParts,
  name: string,
  options: HeadOptions,
): Promise<UnverifiedHeadResult> {
  refuseRequirements(options, '`head`', 'set verifyLength, or read the object')
  const res = await retrying(parts.retry, options.signal, () => parts.store.head(name, storeOptions(options)))
  assertVersion(res, options)
  const { header } = decodeEnvelope(name, res.headers, options)
  const { mode, padded } = header.algorithm
  const length = res.headers['content-length']
  const said = length === undefined || padded ? undefined : Number(length)
  return {
    verified: false,
    status: res.status,
    res,
    meta: callerMetadata(res.headers),
    encryption: describeUnverifiedHeader(header),
    plaintextLength: mode === 'FLOE' ? await floeLength(parts, name, options, res, header) : said,
  }
}

/** Opens start and end of a FLOE object: what is said of it is what was verified by that. */
export async function headVerified(parts: RangeParts, name: string, options: HeadOptions): Promise<HeadResult> {
  const object = await openRandomAccess(parts, name, options)
  try {
    const length = await object.verifyLength()
    return { verified: true, status: object.info.res.status, ...object.info, plaintextLength: length }
  } finally {
    object.close()
  }
}

/** The plaintext length of a FLOE object, which follows from its length and the segment length in its body's header. */
async function floeLength(
  parts: RangeParts,
  name: string,
  options: HeadOptions,
  head: StoreAnswer,
  header: MessageHeader,
): Promise<number> {
  const { etag, 'content-length': length } = head.headers
  const known = parts.floeHeaders.get(name, options.versionId)
  if (known && known.etag === etag && length !== undefined) return lengthOf(known.floeHeader, Number(length))
  const started = await readObject(parts.store, name, readingOptions(parts, options, FLOE_HEADER_RANGE))
  const { floeHeader, totalLength } = await learnFloeObject(parts, name, options, started)
  // Two answers, of which one thing is said: they have to be about one object.
  assertSameAnswer(name, started.answer, { etag, versionId: head.headers['x-oss-version-id'] })
  const other = decodeEnvelope(name, started.answer.headers, options)
  const same = compareBytes(encodeHeader(other.header), encodeHeader(header)) === 0
  if (!same || totalLength !== Number(length ?? totalLength)) throw objectChanged(name)
  return lengthOf(floeHeader, totalLength)
}

function lengthOf(floeHeader: Uint8Array, totalLength: number): number {
  return plaintextLength(floeParameters(decodeSegmentLength(floeHeader)), totalLength)
}
