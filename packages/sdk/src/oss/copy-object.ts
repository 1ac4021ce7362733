import { quote } from '../bytes/quote.js'
import { ServiceError } from '../errors.js'
import { decodeSegmentLength } from '../floe/parameters.js'
import { streamInPieces } from '../io/pieces.js'
import { Spool } from '../io/spool.js'
import type { EncryptionInfo } from '../keys/verified-header.js'
import type { HeaderFields } from '../message/header.js'
import { retrying } from '../retry/retry.js'
import { boundKey, callerContext } from './binding.js'
import { closeObject } from './decrypt-object.js'
import { downloadParts, identifyObject, planParts } from './download-parts.js'
import { decodeEnvelope } from './envelope-metadata.js'
import { streamVerified } from './get-object.js'
import type { StoreAnswer } from './object-store.js'
import { openObject, storeOptions, type OpenedObject, type ReadOptions } from './open-object.js'
import { putObject, type PutResult } from './put-object.js'
import type { PutParts } from './put-parts.js'
import { refuseRequirements, requireAccepted, requiresVerification } from './reader-policy.js'
import { assertVersion } from './read-object.js'

/** Options of copying an object. */
export interface CopyOptions extends ReadOptions {
  /** Copies inside OSS even an object that is bound to its old key; the copy is then read with `expectedKey`. Default false. */
  readonly keepBinding?: boolean | undefined
}

/** The headers that a copy takes over when it is encrypted anew. */
const KEPT_HEADERS = ['cache-control', 'content-disposition', 'content-language', 'expires', 'x-oss-storage-class']

/** What came of copying an object. */
export interface CopyResult extends Omit<PutResult, 'encryption'> {
  /** What the copy's envelope says; undefined where OSS copied it and nothing had to be verified for that. */
  readonly encryption: EncryptionInfo | undefined
}

/**
 * Copies an encrypted object inside the bucket. What can be copied as it is, OSS copies: nothing is transferred. An object that is bound to
 * its key is read, verified, and encrypted anew under the new key, with the same algorithm, context and metadata; ACL and tags stay behind.
 * So is an object that is copied onto itself: OSS would take away its metadata, and with it the envelope. What HEAD says decides no more than
 * whether OSS is let copy.
 */
export async function copyObject(
  parts: PutParts,
  name: string,
  sourceName: string,
  options: CopyOptions,
): Promise<CopyResult> {
  const { keepBinding = false } = options
  if (keepBinding)
    refuseRequirements(options, '`copy` with keepBinding', 'leave keepBinding out, or read the object first')
  const head = await retrying(parts.retry, options.signal, () => parts.store.head(sourceName, storeOptions(options)))
  assertVersion(head, options)
  const { header: said } = decodeEnvelope(sourceName, head.headers, options)
  if (!keepBinding) requireAccepted(said, sourceName, options, parts.policy)
  const isCopiedInside = ({ encryptionContext }: HeaderFields): boolean => {
    const bound = boundKey(encryptionContext)
    return name !== sourceName && (keepBinding || bound === undefined || bound === name)
  }
  if (isCopiedInside(said) && !requiresVerification(options, parts.policy)) {
    const res = await copyInside(parts, name, sourceName, head, options)
    return { name, url: undefined, res, encryption: undefined }
  }

  const expectedKey = keepBinding && name !== sourceName ? boundKey(said.encryptionContext) : options.expectedKey
  const opened = await openObject(parts, sourceName, { ...options, expectedKey })
  if (isCopiedInside(opened.envelope.header)) {
    closeObject(opened)
    const res = await copyInside(parts, name, sourceName, opened.info.res, options)
    return { name, url: undefined, res, encryption: opened.info.encryption }
  }
  return copyAnew(parts, name, sourceName, opened, options)
}

/** Encrypts a verified object anew, with what it has. */
async function copyAnew(
  parts: PutParts,
  name: string,
  sourceName: string,
  opened: OpenedObject,
  options: CopyOptions,
): Promise<PutResult> {
  const { header } = opened.envelope
  const { meta, res } = opened.info
  const { headers } = res
  const detached = opened.floeHeader && (await detachCiphertext(parts, sourceName, opened, options))
  try {
    const { stream } = await streamVerified(parts, opened, options, detached?.ciphertext)
    return await putObject(parts, name, stream, {
      ...(opened.floeHeader
        ? { format: 'floe', segmentLength: decodeSegmentLength(opened.floeHeader) }
        : { algorithm: header.algorithm.name }),
      encryptionContext: callerContext(header.encryptionContext),
      meta,
      mime: headers['content-type'],
      headers: Object.fromEntries(
        KEPT_HEADERS.flatMap((kept) => (headers[kept] === undefined ? [] : [[kept, headers[kept]]])),
      ),
      bindToObject: boundKey(header.encryptionContext) !== undefined,
      allowUnauthenticatedAlgorithms: options.allowUnauthenticatedAlgorithms,
      signal: options.signal,
    })
  } finally {
    await detached?.dispose()
  }
}

/**
 * A FLOE object's bytes without the connection that it was opened on, which would be held while those are waited for that the copy is sent on: a
 * small object is taken in, a large one fetched in parts, each of which ends by itself.
 */
async function detachCiphertext(
  parts: PutParts,
  name: string,
  opened: OpenedObject,
  options: CopyOptions,
): Promise<{ readonly ciphertext: AsyncIterable<Uint8Array>; readonly dispose: () => Promise<unknown> }> {
  const plan = planParts({})
  const identity = identifyObject(opened.reading)
  if (identity && parts.store.multipart && identity.totalLength > plan.oneStreamLength) {
    opened.reading.discard()
    const ciphertext = streamInPieces(downloadParts(parts, name, options, identity, plan))
    return { ciphertext, dispose: () => ciphertext.return(undefined) }
  }
  const spool = new Spool(parts)
  try {
    // A copy: whose buffer it is may fill it again.
    for await (const chunk of opened.reading.read()) await spool.append(new Uint8Array(chunk))
    return { ciphertext: spool.read(), dispose: () => spool.dispose() }
  } catch (error) {
    closeObject(opened)
    await spool.dispose()
    throw error
  }
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
      throw new ServiceError('ObjectChanged', `${quote(sourceName)} changed while it was being copied`, {
        service: 'oss',
      })
    }
  })
}
