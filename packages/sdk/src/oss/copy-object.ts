import { ServiceError } from '../errors.js'
import { decodeSegmentLength } from '../floe/parameters.js'
import { describeHeader, requireContext } from '../keys/envelope.js'
import { retrying } from '../retry/retry.js'
import { boundKey, callerContext, checkBinding } from './binding.js'
import { decodeEnvelope, envelopeHeaders, isSameEnvelope } from './envelope-metadata.js'
import { assertAbsent } from './forbid-overwrite.js'
import { learnFloeObject } from './get-floe-range.js'
import { getVerifiedStream } from './get-object.js'
import {
  aclHeader,
  assertCopyable,
  contentHeaders,
  replacesContent,
  storageHeaders,
  tagsHeader,
  unlessDenied,
  type Dropped,
} from './kept-headers.js'
import type { StoreAnswer } from './object-store.js'
import { storeOptions, type ReadOptions } from './open-object.js'
import { putObject, type PutResult } from './put-object.js'
import type { PutParts } from './put-parts.js'
import { headersFor, toWriteHeaders } from './request-headers.js'

/** Options of copying an object. */
export interface CopyOptions extends ReadOptions {
  /** Copies inside OSS even an object that is bound to its old key; the copy is then read with `expectedKey`. Default false. */
  readonly keepBinding?: boolean | undefined
  /**
   * Further headers, each of which goes with all the requests that it belongs to: conditions (`If-Match`) with the reads of the source; what the copy
   * is to have in place of what the source has (`x-oss-storage-class`, `Content-Type`), and `x-oss-forbid-overwrite` (see {@link PutOptions}), with
   * the write; `x-oss-request-payer` with all.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** What came of copying an object. */
export interface CopyResult extends PutResult {
  /** What of the source the copy has not, as the access key may not read it, or the store cannot. */
  readonly dropped: readonly Dropped[]
}

/**
 * Copies an encrypted object inside the bucket. What can be copied as it is, OSS copies: nothing is transferred. An object that is bound to
 * its key is read, verified, and encrypted anew under the new key, with the same algorithm, context and metadata. So is an object that is copied
 * onto itself: OSS would take away its metadata, and with it the envelope. Either way storage class, server-side encryption, ACL and tags stay.
 */
export async function copyObject(
  parts: PutParts,
  name: string,
  sourceName: string,
  options: CopyOptions,
): Promise<CopyResult> {
  const given = toWriteHeaders(options.headers)
  const head = await retrying(parts.retry, options.signal, () =>
    parts.store.head(sourceName, storeOptions({ ...options, headers: headersFor('head', given) })),
  )
  const { header } = decodeEnvelope(sourceName, head.headers, options)
  const bound = boundKey(header.encryptionContext)
  if (!options.keepBinding) checkBinding(header.encryptionContext, sourceName, options)
  requireContext(header.encryptionContext, options.requiredContext)
  const stays = options.keepBinding === true || bound === undefined || bound === name
  const dropped: Dropped[] = []
  const source = { headers: given, versionId: options.versionId, signal: options.signal }
  const acl =
    'x-oss-object-acl' in given ? {} : await unlessDenied('acl', dropped, () => aclHeader(parts, sourceName, source))
  if (stays && name !== sourceName) {
    const kept = { ...storageHeaders(head), ...acl }
    const res = await copyInside(parts, name, sourceName, head, { ...options, headers: given }, kept)
    return { name, url: undefined, res, encryption: describeHeader(header), dropped }
  }
  const replacesTags = 'x-oss-tagging' in given || /^replace$/i.test(given['x-oss-tagging-directive'] ?? '')
  const tags = replacesTags ? {} : await unlessDenied('tags', dropped, () => tagsHeader(parts, sourceName, source))
  const read = { ...options, headers: headersFor('get', given) }
  // All of it before the body is opened: a connection that is held is none to wait with for another one.
  const segmentLength = header.algorithm.mode === 'FLOE' ? await segmentLengthOf(parts, sourceName, read) : undefined
  const { stream, res, encryption } = await getVerifiedStream(parts, sourceName, read)
  try {
    const kept = { ...contentHeaders(res), ...storageHeaders(res), ...acl, ...tags }
    const { algorithm } = encryption
    const put = {
      ...(algorithm === 'FLOE' ? ({ format: 'floe', segmentLength } as const) : { algorithm }),
      encryptionContext: callerContext(encryption.encryptionContext),
      headers: withoutConditions(given),
      bindToObject: bound !== undefined,
      allowUnauthenticatedAlgorithms: options.allowUnauthenticatedAlgorithms,
      signal: options.signal,
    }
    return { ...(await putObject(parts, name, stream, put, kept)), dropped }
  } finally {
    stream.destroy()
  }
}

async function segmentLengthOf(parts: PutParts, name: string, options: CopyOptions): Promise<number> {
  return decodeSegmentLength((await learnFloeObject(parts, name, options)).floeHeader)
}

/** Conditions are the source's. */
function withoutConditions(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('if-')))
}

/**
 * Lets OSS copy the object, on condition that it is still the one whose headers were looked at.
 *
 * @param kept What OSS does not take over by itself.
 */
async function copyInside(
  { store, retry }: PutParts,
  name: string,
  sourceName: string,
  head: StoreAnswer,
  { headers: given = {}, versionId, signal }: CopyOptions,
  kept: Readonly<Record<string, string>>,
): Promise<StoreAnswer> {
  const { etag } = head.headers
  const own = headersFor('copy', given)
  const headers = {
    ...(replacesContent(own) && {
      ...contentHeaders(head),
      ...envelopeHeaders(head.headers),
      'x-oss-metadata-directive': 'REPLACE',
    }),
    ...kept,
    ...('x-oss-tagging' in own && { 'x-oss-tagging-directive': 'Replace' }),
    ...own,
    ...(etag !== undefined && { 'x-oss-copy-source-if-match': etag }),
  }
  assertCopyable(sourceName, head, headers)
  await assertAbsent({ store, retry }, name, given, signal)
  return retrying(retry, signal, async (attempt) => {
    try {
      return await store.copy(name, sourceName, { headers, versionId, signal })
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      if (error.code === 'PreconditionFailed')
        throw new ServiceError('ObjectChanged', `${sourceName} changed while it was being copied`, { service: 'oss' })
      // It may be this copy that is there, of an attempt whose answer was lost.
      if (attempt === 1 || error.serviceCode !== 'FileAlreadyExists') throw error
      const found = await store.head(name, { headers: headersFor('check', given), signal })
      if (!isSameEnvelope(found.headers, head.headers)) throw error
      return found
    }
  })
}
