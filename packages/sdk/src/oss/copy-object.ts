import { toStream } from '#output'
import { ServiceError } from '../errors.js'
import { describeHeader, requireContext } from '../keys/envelope.js'
import { retrying } from '../retry/retry.js'
import { boundKey, callerContext, checkBinding } from '../format/binding.js'
import { decodeEnvelope } from '../format/envelope-metadata.js'
import { getPlaintext } from './get-stream.js'
import type { StoreAnswer } from '../store/object-store.js'
import { storeOptions, type ReadOptions } from './open-object.js'
import { putObject, type PutResult } from './put-object.js'
import type { PutParts } from './put-parts.js'

/** Options of copying an object. */
export interface CopyOptions extends ReadOptions {
  /** Copies inside OSS even an object that is bound to its old key; the copy is then read with `expectedKey`. Default false. */
  readonly keepBinding?: boolean | undefined
}

/** The headers that a copy takes over when it is encrypted anew. */
const KEPT_HEADERS = ['cache-control', 'content-disposition', 'content-language', 'expires', 'x-oss-storage-class']

/**
 * Copies an encrypted object inside the bucket. What can be copied as it is, OSS copies: nothing is transferred. An object that is bound to
 * its key is read, verified, and encrypted anew under the new key, with the same algorithm, context and metadata; ACL and tags stay behind.
 * So is an object that is copied onto itself: OSS would take away its metadata, and with it the envelope.
 */
export async function copyObject(
  parts: PutParts,
  name: string,
  sourceName: string,
  options: CopyOptions,
): Promise<PutResult> {
  const head = await retrying(parts.retry, options.signal, () => parts.store.head(sourceName, storeOptions(options)))
  const { header } = decodeEnvelope(sourceName, head.headers, options)
  const bound = boundKey(header.encryptionContext)
  if (!options.keepBinding) checkBinding(header.encryptionContext, sourceName, options)
  requireContext(header.encryptionContext, options.requiredContext)
  const stays = options.keepBinding === true || bound === undefined || bound === name
  if (stays && name !== sourceName) {
    const res = await copyInside(parts, name, sourceName, head, options)
    return { name, url: undefined, res, encryption: describeHeader(header) }
  }
  const { info, plaintext, layout, envelope, close } = await getPlaintext(parts, sourceName, options)
  const { headers } = info.res
  const { algorithm } = envelope.header
  const stream = toStream(plaintext, options.signal, close)
  return putObject(parts, name, stream, {
    ...layout.sealing,
    algorithm: algorithm.name,
    encryptionContext: callerContext(info.encryption.encryptionContext),
    meta: info.meta,
    mime: headers['content-type'],
    headers: Object.fromEntries(
      KEPT_HEADERS.flatMap((kept) => (headers[kept] === undefined ? [] : [[kept, headers[kept]]])),
    ),
    bindToObject: bound !== undefined,
    allowUnauthenticatedAlgorithms: options.allowUnauthenticatedAlgorithms,
    signal: options.signal,
  })
}

/** Lets OSS copy the object, on condition that it is still the one whose headers were looked at. */
function copyInside(
  { store, retry }: PutParts,
  name: string,
  sourceName: string,
  head: StoreAnswer,
  options: CopyOptions,
): Promise<StoreAnswer> {
  const etag = head.headers['etag']
  const headers = etag === undefined ? {} : { 'x-oss-copy-source-if-match': etag }
  return retrying(retry, options.signal, async () => {
    try {
      return await store.copy(name, sourceName, { ...storeOptions(options), headers })
    } catch (error) {
      const changed = error instanceof ServiceError && error.code === 'PreconditionFailed'
      if (!changed) throw error
      throw new ServiceError('ObjectChanged', `${sourceName} changed while it was being copied`, { service: 'oss' })
    }
  })
}
