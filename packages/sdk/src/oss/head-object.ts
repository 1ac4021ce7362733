import { ByteSource } from '../bytes/byte-source.js'
import { OsscryptError, ServiceError } from '../errors.js'
import { callerMetadata, decodeEnvelope } from '../format/envelope-metadata.js'
import { formatOf } from '../format/formats.js'
import type { ObjectEnvelope } from '../format/object-format.js'
import { describeHeader } from '../keys/envelope.js'
import { retrying } from '../retry/retry.js'
import type { StoreAnswer } from '../store/object-store.js'
import { fetchSameObject, identifyObject } from '../transfer/fetch.js'
import { lookAtObject } from './locate-object.js'
import {
  fetchOptions,
  openFound,
  storeOptions,
  type ClientParts,
  type ObjectInfo,
  type ReadOptions,
} from './open-object.js'

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
export async function headObject(parts: ClientParts, name: string, options: HeadOptions): Promise<HeadResult> {
  if (options.verifyLength) return headVerified(parts, name, options)
  const res = await retrying(parts.retry, options.signal, () => parts.store.head(name, storeOptions(options)))
  const envelope = decodeEnvelope(name, res.headers, options)
  return {
    status: res.status,
    res,
    meta: callerMetadata(res.headers),
    encryption: describeHeader(envelope.header),
    plaintextLength: await unverifiedLength(parts, name, options, res, envelope),
  }
}

/** The plaintext length that follows from an object's length and, where its format needs that, from the start of its body. */
async function unverifiedLength(
  parts: ClientParts,
  name: string,
  options: HeadOptions,
  { headers }: StoreAnswer,
  envelope: ObjectEnvelope,
): Promise<number | undefined> {
  const format = formatOf(envelope.header.algorithm)
  const etag = headers['etag']
  if (format.prefaceLength === 0) {
    const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length'])
    return format.layout(envelope, new Uint8Array(0), length).plaintextLength
  }
  const remembered = parts.knownObjects.get(name, options.versionId)
  const { identity, preface } =
    remembered?.identity.etag === etag && remembered ? remembered : (await lookAtObject(parts, name, options)).known
  if (identity.etag !== etag) throw objectChanged(name)
  return format.layout(envelope, preface, identity.totalLength).plaintextLength
}

/** What the envelope, the preface and the end of an object say, all of it from answers that were verified. */
async function headVerified(parts: ClientParts, name: string, options: HeadOptions): Promise<HeadResult> {
  const { found, known } = await lookAtObject(parts, name, options)
  if (found.format.integrity(found.envelope.header.algorithm) !== 'segments') {
    throw new OsscryptError(
      'NotAllowed',
      `the length of ${name} is authenticated by reading all of it only, as it is no floe object`,
    )
  }
  const { layout, body, info } = await openFound(parts, found, known.preface, options)
  try {
    const end = layout.range({ start: -1 })
    const reading = await fetchSameObject(
      parts.store,
      name,
      fetchOptions(parts, options),
      known.identity,
      end.ciphertext,
    )
    try {
      if (identifyObject(reading)?.etag !== known.identity.etag) throw objectChanged(name)
      await body.authenticate(end, new ByteSource(reading.read()))
    } finally {
      reading.close()
    }
    parts.knownObjects.set(name, options.versionId, known)
    return { ...info, status: info.res.status, plaintextLength: layout.plaintextLength }
  } finally {
    body.dispose()
  }
}

function objectChanged(name: string): ServiceError {
  return new ServiceError('ObjectChanged', `${name} changed while it was being read`, { service: 'oss' })
}
