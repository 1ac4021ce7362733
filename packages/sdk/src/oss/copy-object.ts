import { toStream } from '#output'
import { ByteSource } from '../bytes/byte-source.js'
import { quote } from '../bytes/quote.js'
import { OsscryptError, ServiceError } from '../errors.js'
import type { EncryptionInfo, UnverifiedEncryptionInfo } from '../keys/verified-header.js'
import type { HeaderFields } from '../message/header.js'
import { retrying } from '../retry/retry.js'
import { boundKey, callerContext, originOf } from '../format/binding.js'
import { agreeOnEnvelope, envelopeHeaders, isSameEnvelope } from '../format/envelopes.js'
import { assertAbsent } from '../transfer/forbid-overwrite.js'
import { holdBody, type BodyPlaintext } from './hold-body.js'
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
import type { StoreAnswer } from '../store/object-store.js'
import type { Progress } from '../transfer/progress.js'
import { findEnvelope } from './find-envelope.js'
import { fetchOptions, openWhole, storeOptions, type OpenedWhole, type ReadOptions } from './open-object.js'
import { openSource } from '#source'
import { putFrom, type PutResult } from './put-object.js'
import type { PutParts } from './put-parts.js'
import { requireAccepted } from './reader-policy.js'
import { refuseRequirements, requiresVerification } from './verified-requirements.js'
import { planDownload, type PartOptions } from '../transfer/download-plan.js'
import { findMade } from '../transfer/lost-answer.js'
import { fetchInOrder } from '../transfer/fetch-in-order.js'
import { assertVersion } from '../transfer/answer-extent.js'
import { identifyObject } from '../transfer/fetch.js'
import { headersFor, toWriteHeaders } from '../store/request-headers.js'

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
  /** Told of how much is sent, where the object is encrypted anew: `gcm` is read whole before. Of what OSS copies, nothing is sent. */
  readonly progress?: Progress | undefined
}

/** What came of copying an object. */
export interface CopyResult extends Omit<PutResult, 'encryption'> {
  /** What the copy's envelope says; undefined where OSS copied it and nothing had to be verified for that. */
  readonly encryption: EncryptionInfo | UnverifiedEncryptionInfo | undefined
  /** What of the source the copy has not, as the access key may not read it, or the store cannot. */
  readonly dropped: readonly Dropped[]
}

/** What a copy takes of the caller's options, for reading its source. */
type SourceOptions = Pick<CopyOptions, 'headers' | 'versionId' | 'signal'>

/**
 * Copies an encrypted object inside the bucket. What can be copied as it is, OSS copies: nothing is transferred. An object that is bound to
 * its key is read, verified, and encrypted anew under the new key, with the same algorithm, context and metadata. So is an object that is copied
 * onto itself: OSS would take away its metadata, and with it the envelope. What HEAD says decides no more than whether OSS is let copy. Either way
 * storage class, server-side encryption, ACL and tags stay.
 */
export async function copyObject(
  parts: PutParts,
  name: string,
  sourceName: string,
  options: CopyOptions,
): Promise<CopyResult> {
  const { keepBinding = false, versionId, signal } = options
  if (keepBinding)
    refuseRequirements(options, '`copy` with keepBinding', 'leave keepBinding out, or read the object first')
  const given = toWriteHeaders(options.headers)
  const source = { headers: given, versionId, signal }
  const head = await retrying(parts.retry, signal, () =>
    parts.store.head(sourceName, storeOptions({ ...source, headers: headersFor('head', given) })),
  )
  assertVersion(head, options)
  const look = fetchOptions(parts, { ...source, headers: headersFor('get', given) })
  const envelope = await findEnvelope(parts.store, sourceName, head, look, options)
  const { header: said } = envelope
  if (!keepBinding) requireAccepted(envelope, sourceName, options, parts.policy)
  const isCopiedInside = ({ encryptionContext }: HeaderFields): boolean => {
    const bound = boundKey(encryptionContext)
    return name !== sourceName && (keepBinding || bound === undefined || bound === name)
  }
  const dropped: Dropped[] = []
  const acl =
    'x-oss-object-acl' in given ? {} : await unlessDenied('acl', dropped, () => aclHeader(parts, sourceName, source))
  const inside = (from: StoreAnswer) =>
    copyInside(parts, name, sourceName, from, source, { ...storageHeaders(from), ...acl })
  if (isCopiedInside(said) && !requiresVerification(options, parts.policy)) {
    return { name, url: undefined, res: await inside(head), encryption: undefined, dropped }
  }

  const expectedKey = keepBinding && name !== sourceName ? boundKey(said.encryptionContext) : options.expectedKey
  const replacesTags = 'x-oss-tagging' in given || /^replace$/i.test(given['x-oss-tagging-directive'] ?? '')
  const tags = replacesTags ? {} : await unlessDenied('tags', dropped, () => tagsHeader(parts, sourceName, source))
  const { progress } = options
  const reading = { ...options, headers: headersFor('get', given), expectedKey, progress: undefined }
  const opened = await openWhole(parts, sourceName, reading)
  const { res, encryption } = opened.info
  if (isCopiedInside(opened.envelope.header)) {
    opened.close()
    return { name, url: undefined, res: await inside(res), encryption, dropped }
  }
  const kept = { ...contentHeaders(res), ...storageHeaders(res), ...acl, ...tags }
  return { ...(await copyAnew(parts, name, sourceName, opened, { ...reading, progress, given, kept })), dropped }
}

/** Encrypts a verified object anew, with what it has. */
async function copyAnew(
  parts: PutParts,
  name: string,
  sourceName: string,
  opened: OpenedWhole,
  options: CopyOptions & {
    readonly given: Readonly<Record<string, string>>
    readonly kept: Readonly<Record<string, string>>
  },
): Promise<PutResult> {
  const { sealing } = opened.layout
  const { algorithm, encryptionContext } = opened.info.encryption
  if (!sealing)
    throw new OsscryptError(
      'NotAllowed',
      `${quote(sourceName)} is of a format that is not written without being asked for: \`upgrade\` stores it in another`,
    )
  const { plaintext, close } = await detachBody(parts, sourceName, opened, options)
  const stream = toStream(plaintext, options.signal, close)
  try {
    const put = {
      ...sealing,
      algorithm,
      encryptionContext: callerContext(encryptionContext),
      headers: withoutConditions(options.given),
      bindToObject: boundKey(encryptionContext) !== undefined,
      allowUnauthenticatedAlgorithms: options.allowUnauthenticatedAlgorithms,
      signal: options.signal,
      progress: options.progress,
    }
    const carried = { headers: options.kept, origin: originOf(encryptionContext) }
    return await putFrom(parts, name, () => openSource(stream), put, carried)
  } finally {
    close()
  }
}

/**
 * An object's plaintext without the connection that it was opened on, which would be held while those are waited for that the copy is sent on: a small
 * object is taken in, a large one fetched in parts, each of which ends by itself. Of a large one, what comes is not verified before its end: it fails
 * there, and nothing is stored.
 */
export async function detachBody(
  parts: PutParts,
  name: string,
  opened: OpenedWhole,
  options: CopyOptions & Pick<PartOptions, 'parallel'>,
): Promise<BodyPlaintext> {
  const { layout, body, reading, close } = opened
  const { oneStreamLength } = planDownload({})
  const { parallel } = planDownload({ parallel: options.parallel })
  const identity = identifyObject(reading)
  if (!identity || !parts.store.multipart || identity.totalLength <= oneStreamLength) {
    return holdBody(parts, opened, options.signal)
  }
  reading.close()
  const plan = { parallel, start: layout.whole().ciphertext.start }
  const bytes = new ByteSource(fetchInOrder(parts.store, name, fetchOptions(parts, options), identity, plan))
  const read = async function* () {
    try {
      yield* body.decrypt(layout.whole(), bytes)
      await body.finish()
    } finally {
      await bytes.close()
    }
  }
  return { plaintext: read(), close }
}

/** Whether two objects whose envelopes are in their bodies have one body, as no two others have: by length and checksum. */
function isSameSealedBody(left: StoreAnswer['headers'], right: StoreAnswer['headers']): boolean {
  const names = ['content-length', 'x-oss-hash-crc64ecma']
  return agreeOnEnvelope(left, right) && names.every((name) => left[name] !== undefined && left[name] === right[name])
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
export async function copyInside(
  { store, retry }: PutParts,
  name: string,
  sourceName: string,
  head: StoreAnswer,
  { headers: given = {}, versionId, signal }: SourceOptions,
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
  return retrying(retry, signal, async () => {
    try {
      return await store.copy(name, sourceName, { headers, versionId, signal })
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error
      if (error.code === 'PreconditionFailed')
        throw new ServiceError('ObjectChanged', `${quote(sourceName)} changed while it was being copied`, {
          service: 'oss',
        })
      if (error.serviceCode !== 'FileAlreadyExists') throw error
      const isMade = (found: StoreAnswer['headers']) =>
        isSameEnvelope(found, head.headers) || isSameSealedBody(found, head.headers)
      return findMade(store, name, error, isMade, { headers: given, signal })
    }
  })
}
