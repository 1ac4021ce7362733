import { decodeSegmentLength, floeParameters, plaintextLength } from '../floe/parameters.js'
import { describeHeader } from '../keys/envelope.js'
import { retrying } from '../retry/retry.js'
import { callerMetadata, decodeEnvelope } from './envelope-metadata.js'
import { learnFloeObject } from './get-floe-range.js'
import type { RangeParts } from './get-range.js'
import type { StoreRequestOptions } from './object-store.js'
import { storeOptions, type ObjectInfo } from './open-object.js'

/** What is said of an object without reading it. */
export interface HeadResult extends ObjectInfo {
  readonly status: number
  /** Bytes of plaintext, by what OSS says; undefined where padding hides it. */
  readonly plaintextLength: number | undefined
}

/** Asks OSS about an object. Nothing of the answer is verified. */
export async function headObject(parts: RangeParts, name: string, options: StoreRequestOptions): Promise<HeadResult> {
  const res = await retrying(parts.retry, options.signal, () => parts.store.head(name, storeOptions(options)))
  const { header } = decodeEnvelope(name, res.headers, {})
  const { algorithm } = header
  const length =
    algorithm.mode === 'FLOE'
      ? await floeLength(parts, name, options, res.headers['etag'])
      : res.headers['content-length']
  return {
    status: res.status,
    res,
    meta: callerMetadata(res.headers),
    encryption: describeHeader(header),
    plaintextLength: length === undefined || algorithm.padded ? undefined : Number(length),
  }
}

/** The plaintext length of a FLOE object, which follows from its length and the segment length in its body's header. */
async function floeLength(
  parts: RangeParts,
  name: string,
  options: StoreRequestOptions,
  etag: string | undefined,
): Promise<number> {
  let known = parts.floeHeaders.get(name, options.versionId)
  if (known?.etag !== etag || !known) {
    known = await learnFloeObject(parts, name, options)
    parts.floeHeaders.set(name, options.versionId, known)
  }
  return plaintextLength(floeParameters(decodeSegmentLength(known.floeHeader)), known.totalLength)
}
