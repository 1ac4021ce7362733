import { OsscryptError, ServiceError } from '../errors.js'
import { quote } from '../bytes/quote.js'
import { callerContext, originOf } from '../format/binding.js'
import { WRITTEN_FORMATS, type FormatName, type WrittenFormatName } from '../format/format-name.js'
import type { Integrity } from '../format/object-format.js'
import type { DataKeyProvider } from '../keys/data-key-provider.js'
import { retrying } from '../retry/retry.js'
import type { PlatformSource } from '#source'
import type { StoreAnswer, StoreRequestOptions } from '../store/object-store.js'
import { assertNoConditions, headersFor, toWriteHeaders } from '../store/request-headers.js'
import { assertParallel } from '../transfer/part-plan.js'
import type { Progress } from '../transfer/progress.js'
import { copyInside, detachBody } from './copy-object.js'
import type { BodyPlaintext } from './hold-body.js'
import { aclHeader, contentHeaders, storageHeaders, tagsHeader, unlessDenied, type Dropped } from './kept-headers.js'
import { openWhole, storeOptions, type OpenedWhole, type ReadOptions } from './open-object.js'
import { putFrom, type PutResult } from './put-object.js'
import type { PutParts } from './put-parts.js'

/** Options of storing an object anew in another format. */
export interface UpgradeOptions extends Omit<ReadOptions, 'versionId'> {
  /** The format that the object is to have. Default `floe`. */
  readonly format?: WrittenFormatName | undefined
  /** With `floe`: bytes of a segment. */
  readonly segmentLength?: number | undefined
  /** How many parts of a large object are on their way at once: as many to it as from it, and all of them in memory. Default 4. */
  readonly parallel?: number | undefined
  /** What opens the object as it is, where that is another provider than the client's, under whose keys it is stored anew. */
  readonly from?: DataKeyProvider | undefined
  /**
   * The name under which the old object is kept, by a copy inside OSS, before it is replaced; there must be none of that name. It is then read with
   * `expectedKey` where it is bound. Default: it is not kept, but as an older version in a bucket that keeps those.
   */
  readonly keepAs?: string | undefined
  /**
   * The name under which the new object is stored instead, bound to the name of the old one, which stays as it is: for who reads it back (with
   * `expectedKey`) before OSS copies it over (`copy` with `keepBinding`). Default: it takes the old object's place.
   */
  readonly storeAs?: string | undefined
  /** Told of ciphertext that is stored. */
  readonly progress?: Progress | undefined
}

/** What came of storing an object anew. */
export interface UpgradeResult extends PutResult {
  /** False where the object had the format already, and was left alone. */
  readonly upgraded: boolean
  /** What it was before. */
  readonly before: { readonly format: FormatName; readonly integrity: Integrity }
  /** What of it the new object has not, as the access key may not read it, or the store cannot. */
  readonly dropped: readonly Dropped[]
}

/**
 * Reads an object and stores it anew, under the same name, in another format, with a fresh data key, bound to its name, with all that it has beside its content. What
 * could not be verified when it was read is marked for ever: its context says `osscrypt:origin` is `unverified`.
 *
 * Nothing is replaced before all of the object was read, verified where its format can be, and sent; and only if the object is still the one that was read. OSS
 * has no condition for that: it is looked at last before the last request, and who writes in the time that this one request takes is not seen.
 *
 * @throws as reading, and as `put`; OsscryptError `SourceChanged` when the object was replaced meanwhile. The old object is there then.
 */
export async function upgradeObject(parts: PutParts, name: string, options: UpgradeOptions): Promise<UpgradeResult> {
  const { format = 'floe', keepAs, storeAs, parallel, signal } = options
  if (parallel !== undefined) assertParallel(parallel)
  const given = toWriteHeaders(options.headers)
  assertNoConditions(given)
  if ('x-oss-forbid-overwrite' in given)
    throw new TypeError('header x-oss-forbid-overwrite: what is stored anew is there')
  if ('versionId' in options) throw new TypeError('versionId: it is the latest version that is stored anew')
  if (!WRITTEN_FORMATS.includes(format))
    throw new TypeError(`an object is stored anew as ${WRITTEN_FORMATS.join(' or ')}`)
  if (keepAs === name) throw new TypeError('keepAs is the name of the object itself')
  if (storeAs === name) throw new TypeError('storeAs is the name of the object itself')
  const reading = { ...parts, dataKeys: options.from ?? parts.dataKeys }
  const opened = await openWhole(reading, name, { ...options, progress: undefined, headers: headersFor('get', given) })
  let detached: BodyPlaintext | undefined
  try {
    const { res, encryption, integrity } = opened.info
    const before = { format: opened.format.name, integrity }
    if (before.format === format && integrity !== 'none') {
      if (encryption.unverified) throw new OsscryptError('NotAllowed', `${quote(name)} is not verified`)
      return { name, url: undefined, res, encryption, upgraded: false, before, dropped: [] }
    }
    // First of all: the connection would be held while those are waited for that follow.
    detached = await detachBody(parts, name, opened, { ...options, headers: headersFor('get', given) })
    const source = sourceOf(parts, name, opened, detached, { headers: headersFor('head', given), signal })
    const dropped: Dropped[] = []
    const request = { headers: given, signal }
    const acl =
      'x-oss-object-acl' in given ? {} : await unlessDenied('acl', dropped, () => aclHeader(parts, name, request))
    const tags =
      'x-oss-tagging' in given ? {} : await unlessDenied('tags', dropped, () => tagsHeader(parts, name, request))
    if (keepAs !== undefined) {
      const once = { headers: { ...headersFor('copy', given), 'x-oss-forbid-overwrite': 'true' }, signal }
      await copyInside(parts, keepAs, name, res, once, { ...storageHeaders(res), ...acl })
    }
    const put = {
      format,
      segmentLength: options.segmentLength,
      parallel,
      encryptionContext: callerContext(encryption.encryptionContext),
      boundKey: name,
      headers: given,
      progress: options.progress,
      signal,
    }
    const carried = {
      headers: { ...contentHeaders(res), ...storageHeaders(res), ...acl, ...tags },
      origin: integrity === 'none' ? 'unverified' : originOf(encryption.encryptionContext),
    }
    const open = () => Promise.resolve(source)
    return { ...(await putFrom(parts, storeAs ?? name, open, put, carried)), upgraded: true, before, dropped }
  } finally {
    detached?.close()
    opened.close()
  }
}

/** The object's plaintext as what is stored: unchanged as long as OSS has the object that it is read from. */
function sourceOf(
  parts: PutParts,
  name: string,
  opened: OpenedWhole,
  { plaintext, close }: BodyPlaintext,
  options: StoreRequestOptions,
): PlatformSource {
  const request = storeOptions(options)
  const { signal } = options
  return {
    length: opened.layout.plaintextLength,
    rereadable: false,
    mime: undefined,
    read: () => plaintext,
    isUnchanged: async () => {
      const now = await retrying(parts.retry, signal, () => parts.store.head(name, request)).catch((error: unknown) => {
        if (error instanceof ServiceError && error.code === 'NotFound') return undefined
        throw error
      })
      return now !== undefined && isSameAnswer(opened.info.res, now)
    },
    discard: async () => {
      close()
      await plaintext.return(undefined)
    },
  }
}

function isSameAnswer({ headers: one }: StoreAnswer, { headers: other }: StoreAnswer): boolean {
  return ['etag', 'x-oss-version-id', 'last-modified'].every((name) => one[name] === other[name])
}
