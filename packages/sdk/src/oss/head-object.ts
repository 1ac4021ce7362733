import { OsscryptError, ServiceError } from '../errors.js'
import { decodeSegmentLength, floeParameters, plaintextLength } from '../floe/parameters.js'
import { describeHeader } from '../keys/envelope.js'
import { retrying } from '../retry/retry.js'
import { callerMetadata, decodeEnvelope } from '../format/envelope-metadata.js'
import type { KnownFloeObject } from './known-objects.js'
import { learnFloeObject, readFloeRange } from './get-floe-range.js'
import type { RangeParts } from './get-range.js'
import { storeOptions, type ObjectInfo, type ReadOptions } from './open-object.js'

/** Options of asking about an object. */
export interface HeadOptions extends ReadOptions {
  /**
   * Verifies envelope and length of a `floe` object, by opening its last segment; KMS is asked then. The length of any other object is
   * authenticated by reading all of it only: that is an error. Default false.
   */
  readonly verifyLength?: boolean | undefined
}

/** What is said of an object without reading it. */
export interface HeadResult extends ObjectInfo {
  readonly status: number
  /** Bytes of plaintext; undefined where padding hides it. By what OSS says, unless `verifyLength` was set. */
  readonly plaintextLength: number | undefined
}

/** Asks OSS about an object. */
export async function headObject(parts: RangeParts, name: string, options: HeadOptions): Promise<HeadResult> {
  const res = await retrying(parts.retry, options.signal, () => parts.store.head(name, storeOptions(options)))
  const { header } = decodeEnvelope(name, res.headers, options)
  const { algorithm } = header
  const said = { status: res.status, res, meta: callerMetadata(res.headers), encryption: describeHeader(header) }
  if (algorithm.mode === 'FLOE')
    return { ...said, plaintextLength: await floeLength(parts, name, options, res.headers['etag']) }
  if (options.verifyLength) {
    throw new OsscryptError(
      'NotAllowed',
      `the length of ${name} is authenticated by reading all of it only, as it is no floe object`,
    )
  }
  const length = res.headers['content-length']
  return { ...said, plaintextLength: length === undefined || algorithm.padded ? undefined : Number(length) }
}

/** The plaintext length of a FLOE object, which follows from its length and the segment length in its body's header. */
async function floeLength(
  parts: RangeParts,
  name: string,
  options: HeadOptions,
  etag: string | undefined,
): Promise<number> {
  let known = parts.floeHeaders.get(name, options.versionId)
  if (known?.etag !== etag || !known) {
    known = await learnFloeObject(parts, name, options)
    parts.floeHeaders.set(name, options.versionId, known)
  }
  if (options.verifyLength) await verifyLastSegment(parts, name, options, known)
  return plaintextLength(floeParameters(decodeSegmentLength(known.floeHeader)), known.totalLength)
}

async function verifyLastSegment(
  parts: RangeParts,
  name: string,
  options: HeadOptions,
  known: KnownFloeObject,
): Promise<void> {
  try {
    const last = await readFloeRange(parts, name, { start: -1 }, options, known, () => undefined)
    if (!last) throw new ServiceError('ObjectChanged', `${name} changed while it was being read`, { service: 'oss' })
  } catch (error) {
    // There is no last byte in an empty object, whose only segment has been opened by then.
    if (!(error instanceof ServiceError && error.code === 'InvalidRange')) throw error
  }
}
