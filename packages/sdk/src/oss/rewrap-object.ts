import { quote } from '../bytes/quote.js'
import { OsscryptError, ServiceError } from '../errors.js'
import type { DataKeyProvider } from '../keys/data-key-provider.js'
import type { DataKeyRewrapper } from '../keys/data-key-rewrapper.js'
import type { DecryptOptions } from '../keys/envelope.js'
import { rewrapEnvelope } from '../keys/rewrap-envelope.js'
import { describeHeader, describeUnverifiedHeader, type EncryptionInfo } from '../keys/verified-header.js'
import { retrying } from '../retry/retry.js'
import type { BindingOptions } from '../format/binding.js'
import { assertMetadataFits, encodeEnvelopeHeaders } from '../format/envelope-metadata.js'
import { isSameEnvelope } from '../format/envelopes.js'
import { identifyFormat, loadFormat } from '../format/formats.js'
import { findEnvelope } from './find-envelope.js'
import { lookAtObject } from './locate-object.js'
import { aclHeader, assertCopyable, contentHeaders, storageHeaders } from './kept-headers.js'
import type { MetadataStore, StoreAnswer } from '../store/object-store.js'
import { fetchOptions, type ClientParts } from './open-object.js'
import { headersFor, toWriteHeaders } from '../store/request-headers.js'
import { findMade } from '../transfer/lost-answer.js'
import { requireAccepted, type ReaderPolicy } from './reader-policy.js'
import { requiresVerification } from './verified-requirements.js'

/** Options of putting an object under other CMKs. */
export interface RewrapOptions extends DecryptOptions, BindingOptions, ReaderPolicy {
  /**
   * The CMKs that the object is to be under: their ARNs, used as the client's own `dataKeys` are where that is a KmsDataKeyProvider; or a
   * provider of its own. All of them, and none but them.
   */
  readonly to: string | readonly string[] | DataKeyRewrapper
  /**
   * Unwraps the data key of a `floe` object here, too, and verifies that envelope and body belong together, instead of letting KMS do all of it.
   * To be set where people who may use the new CMKs, and not the old ones, can write to the bucket: they could have put another object's
   * envelope there, whose data key would then be theirs. So it is done where the call or the client requires what only that shows
   * (`requiredContext`, `expectedKey`, `requireBinding`, `formats`). Default false.
   */
  readonly verify?: boolean | undefined
  /**
   * Further headers, each of which goes with all the requests that it belongs to: `x-oss-request-payer`, a condition such as `If-Match`, or what the
   * object is to have from then on in place of what it has.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** What came of putting an object under other CMKs. */
export type RewrapResult = { readonly name: string; readonly res: StoreAnswer } & (
  | {
      /** The data key was unwrapped here, and what the envelope says verified with it. */
      readonly throughKms: false
      readonly encryption: EncryptionInfo
    }
  | {
      /** The data key stayed inside KMS: what the envelope says, beside the new CMKs, was not verified. */
      readonly throughKms: true
      readonly encryption: Pick<EncryptionInfo, 'cmkArns'>
    }
)

/**
 * Puts an object's data key under other CMKs. Its bytes stay where they are: OSS copies the object onto itself, with the new envelope and
 * everything else as it was, on condition that it has not changed meanwhile.
 */
export async function rewrapObject(parts: ClientParts, name: string, options: RewrapOptions): Promise<RewrapResult> {
  const { store, retry, dataKeys } = parts
  const { signal } = options
  const given = toWriteHeaders(options.headers)
  if ('x-oss-forbid-overwrite' in given)
    throw new TypeError('header x-oss-forbid-overwrite: what is rewrapped is there')
  const to = rewrapperOf(options.to, dataKeys)
  const { metadata } = store
  if (!metadata) throw new TypeError('the store cannot change metadata in place')
  const head = await retrying(retry, signal, () => store.head(name, { headers: headersFor('head', given), signal }))
  const { etag } = head.headers
  if (etag === undefined) throw new ServiceError('BadAnswer', 'OSS answered without an ETag', { service: 'oss' })
  const look = fetchOptions(parts, { headers: headersFor('get', given), signal })
  const envelope = await findEnvelope(store, name, head, look, options)
  requireAccepted(envelope, name, options, parts.policy)
  const { name: format, legacy } = identifyFormat(envelope)
  if (legacy || (await loadFormat(envelope)).envelopeIn === 'body')
    throw new OsscryptError(
      'NotAllowed',
      `the envelope of ${quote(name)} cannot be replaced where it is, as it is of the format ${format}: \`upgrade\` stores it in another format`,
    )
  const kept = { ...contentHeaders(head), ...storageHeaders(head), ...headersFor('copy', given) }
  assertCopyable(name, head, kept)

  const rewrapped = await rewrapEnvelope(dataKeys, to, envelope.header, {
    ...options,
    insideKms: options.verify !== true && !requiresVerification(options, parts.policy),
    readPreface: async () => {
      const { identity, versionId, preface } = (
        await lookAtObject(parts, name, { ...options, headers: headersFor('get', given) })
      ).located
      if (identity.etag !== etag || versionId !== head.headers['x-oss-version-id']) throw objectChanged(name)
      return preface
    },
  })
  const headers = { ...kept, ...encodeEnvelopeHeaders({ ...envelope, header: rewrapped.header }) }
  assertMetadataFits(headers)
  const acl = 'x-oss-object-acl' in given ? {} : ((await aclHeader(parts, name, { headers: given, signal })) ?? {})
  const res = await replaceMetadata(parts, metadata, name, head, { ...headers, ...acl }, { headers: given, signal })
  if (!rewrapped.throughKms) return { name, res, throughKms: false, encryption: describeHeader(rewrapped.header) }
  const { cmkArns } = describeUnverifiedHeader(rewrapped.header)
  return { name, res, throughKms: true, encryption: { cmkArns } }
}

function rewrapperOf(to: RewrapOptions['to'], dataKeys: DataKeyProvider & Partial<DataKeyRewrapper>): DataKeyRewrapper {
  if (typeof to !== 'string' && 'wrapDataKey' in to) return to
  if (!dataKeys.withCmks) {
    throw new TypeError(
      '`to` is CMK ARNs only where `dataKeys` is a KmsDataKeyProvider: give a provider of the new CMKs',
    )
  }
  return dataKeys.withCmks(to)
}

/** Replaces the metadata of the object that `head` is of, and of no other. */
function replaceMetadata(
  { store, retry }: ClientParts,
  metadata: MetadataStore,
  name: string,
  head: StoreAnswer,
  headers: Readonly<Record<string, string>>,
  { headers: given, signal }: Pick<RewrapOptions, 'headers' | 'signal'>,
): Promise<StoreAnswer> {
  const { etag = '', 'last-modified': lastModified } = head.headers
  return retrying(retry, signal, async () => {
    try {
      return await metadata.replace(name, { headers, ifMatch: etag, ifUnmodifiedSince: lastModified, signal })
    } catch (error) {
      if (!(error instanceof ServiceError && error.code === 'PreconditionFailed')) throw error
      const isMade = (found: StoreAnswer['headers']) => isSameEnvelope(found, headers)
      return findMade(store, name, objectChanged(name), isMade, { headers: given, signal })
    }
  })
}

function objectChanged(name: string): ServiceError {
  return new ServiceError('ObjectChanged', `${quote(name)} changed while it was being rewrapped`, { service: 'oss' })
}
