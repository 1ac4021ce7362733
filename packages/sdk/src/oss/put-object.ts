import { assertPlaintextLength } from '../crypto/algorithm.js'
import type { EncryptOptions } from '../keys/envelope.js'
import type { EncryptionInfo, UnverifiedEncryptionInfo } from '../keys/verified-header.js'
import type { MessageForm } from '../message/message-form.js'
import { encodeContext } from '../message/encryption-context.js'
import { bindContext } from '../format/binding.js'
import { loadWritableFormat } from '../format/formats.js'
import type { FormatName } from '../format/format-name.js'
import type { SealingKey, WritableFormat } from '../format/object-format.js'
import type { SealedObject } from '../transfer/sealed-object.js'
import { assertMetadataFits, encodeMetadataHeaders, type Metadata } from '../format/envelope-metadata.js'

import type { CallbackAnswer, StoreAnswer, StoredAnswer } from '../store/object-store.js'
import type { Progress } from '../transfer/progress.js'
import { assertParallel, assertPartLength } from '../transfer/part-plan.js'
import { openSource, type PlatformSource, type PutSource } from '#source'
import { sourceChanged } from '../source/source.js'
import type { PutParts } from './put-parts.js'
import type { ResumableUpload } from './put-resumable.js'
import { assertNoConditions, toHeaderValue, toWriteHeaders } from '../store/request-headers.js'
import { isSentInParts, sendObject } from '../transfer/send-object.js'

/** Options of storing an object. */
export interface PutOptions extends EncryptOptions {
  /**
   * `gcm`: one message, which the vendor's SDKs read, of up to 64 GiB. `floe`: segments, of which every part can be read verified. `message-body`:
   * as `gcm`, with the envelope in the body, as the vendor's Python sample has it. Default `gcm`.
   */
  readonly format?: FormatName | undefined
  /**
   * Writes `oss-sdk-ctr`, what the OSS SDKs' own encryption writes and reads: nobody notices when such an object is changed, or put in the place of another. For who
   * has readers that know nothing else. The data key is wrapped by RSA (PKCS #1 v1.5) or by KMS, as the `dataKeys` have it. Default false.
   */
  readonly writeWithoutIntegrity?: boolean | undefined
  /** With `floe`: bytes of a segment, from 1 KiB to 16 MiB. Default 1 MiB; less for many small reads. */
  readonly segmentLength?: number | undefined
  /** With `message-body`: as one message in ASN.1 DER, of up to 4 GiB, or as a stream of any length. Default `message`. */
  readonly messageForm?: MessageForm | undefined
  /** User metadata: stored in the clear and not authenticated. */
  readonly meta?: Metadata | undefined
  /** Content-Type. Default: that of a Blob or Response; by the extension of a file's path or name; by that of the object's key. */
  readonly mime?: string | undefined
  /**
   * Further headers, such as `Cache-Control` or `x-oss-forbid-overwrite`; each goes with all the requests that it belongs to. A file name in
   * `Content-Disposition` may have any characters; all else is ASCII. OSS ignores `x-oss-forbid-overwrite` in buckets that keep versions, or have kept
   * some: whether there is an object is asked first, too, and who writes at the same moment is not seen then.
   */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Binds the object to its key, so that it cannot be passed off as another. Default true. */
  readonly bindToObject?: boolean | undefined
  /**
   * The key that the object is bound to instead of its own, where OSS is to copy it there later (`copy` with `keepBinding`): until then it is read with
   * `expectedKey`.
   */
  readonly boundKey?: string | undefined
  readonly progress?: Progress | undefined
  /**
   * Bytes of a part of an object that is sent in parts, from 100 KiB to 5 GiB; more where it would not fit in 10000 parts otherwise, and of a `floe`
   * object what makes whole segments. Default 8 MiB; for a stream 4 MiB, and more as it goes on.
   */
  readonly partLength?: number | undefined
  /** How many parts are on their way at once. Default 4. */
  readonly parallel?: number | undefined
  /**
   * Where the state of an upload in parts of a file is kept, so that the same call goes on with it after a failure, a crash or a reboot, in whatever
   * process or page; removed when the object is stored. In Node it is the path of a file, and the source is a file at a path; in a browser a name of the
   * caller's under which IndexedDB keeps it, and the source is a File or a FileSystemFileHandle. It is believed when it was written under the upload's
   * data key, in Node in a file of this user's; everything that the object is to be has to be what the upload was begun with.
   */
  readonly checkpoint?: string | undefined
  /**
   * With `checkpoint`: begins anew, under a fresh data key, when the file has changed since, or OSS has other parts than the checkpoint tells of. Default
   * false: that is an error.
   */
  readonly restartIfChanged?: boolean | undefined
}

/** What came of storing an object. */
export interface PutResult {
  readonly name: string
  readonly url: string | undefined
  readonly res: StoreAnswer
  readonly encryption: EncryptionInfo | UnverifiedEncryptionInfo
  /**
   * What came of the callback that the header `x-oss-callback` asks for; undefined when none was asked for, and when the answer to the upload was
   * lost. The object is stored, whatever it is.
   */
  readonly callback?: CallbackAnswer | undefined
}

/** What an object takes over from the one that its plaintext was read from. */
export interface Carried {
  /** As they were found: not in ASCII, maybe. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** What is said of where the plaintext comes from. */
  readonly origin?: string | undefined
}

/** Encrypts and stores an object. */
export async function putObject(
  parts: PutParts,
  name: string,
  source: PutSource,
  options: PutOptions,
): Promise<PutResult> {
  // Before anything is waited for: it may be made shorter meanwhile, or moved away.
  const byteLength = (source as { readonly byteLength?: number } | null)?.byteLength
  const open = async () => {
    const opened = await openSource(source)
    if (opened.bytes && opened.length !== byteLength) throw sourceChanged()
    return opened
  }
  return putFrom(parts, name, open, options, {})
}

/**
 * Encrypts and stores what a source gives.
 *
 * @param open Opens the source, when the options have been found to be right.
 */
export async function putFrom(
  parts: PutParts,
  name: string,
  open: () => Promise<PlatformSource>,
  options: PutOptions,
  { headers: carried, origin }: Carried,
): Promise<PutResult> {
  const format = await loadWritableFormat(options.format ?? 'gcm')
  const algorithm = format.choose(options)
  if (options.partLength !== undefined) assertPartLength(options.partLength)
  if (options.parallel !== undefined) assertParallel(options.parallel)
  const { encryptionContext = {}, bindToObject = format.hasContext } = options
  const { boundKey = name } = options
  if (boundKey === '') throw new TypeError('boundKey is the key of an object')
  const context = bindContext(encryptionContext, boundKey, bindToObject, origin)
  if (!format.hasContext && Object.keys(context).length > 0)
    throw new TypeError(`objects of the format \`${format.name}\` have no encryption context, and are bound to nothing`)
  const given = toWriteHeaders(options.headers)
  assertNoConditions(given)
  if (options.mime !== undefined) toHeaderValue('content-type', options.mime)
  const callerHeaders = { ...carried, ...given, ...encodeMetadataHeaders(options.meta) }
  const beside = format.envelopeIn === 'metadata' ? 'x'.repeat(encodeContext(context).length) : ''
  assertMetadataFits({ ...callerHeaders, 'x-oss-meta-context': beside })
  const opened = await open()
  let resumable: ResumableUpload | undefined
  try {
    assertPlaintextLength(algorithm, opened.length ?? 0)
    if (options.checkpoint !== undefined) {
      const { planResumable } = await import('./put-resumable.js')
      const object = { name, format, algorithm, encryptionContext: context, headers: callerHeaders }
      resumable = await planResumable(parts, opened, options.checkpoint, options, object)
    }
    const resumed = await resumable?.resume({ ...options, headers: callerHeaders })
    if (resumed) return resultOf(name, resumed.res, resumed.encryption)
    const key = await format.createKey(parts.dataKeys, {
      algorithm,
      encryptionContext: context,
      plaintextLength: opened.length,
      signal: options.signal,
    })
    return await putOpened(parts, name, opened, format, key, callerHeaders, options, resumable)
  } finally {
    await opened.discard()
    await resumable?.release()
  }
}

async function putOpened(
  parts: PutParts,
  name: string,
  opened: PlatformSource,
  format: WritableFormat,
  key: SealingKey,
  callerHeaders: Readonly<Record<string, string>>,
  options: PutOptions,
  resumable: ResumableUpload | undefined,
): Promise<PutResult> {
  const { segmentLength, messageForm, partLength, signal, progress } = options
  let sealed: SealedObject | undefined
  try {
    assertMetadataFits({ ...callerHeaders, ...format.placeholderMetadata(key) })
    const { memoryLimit, temporaryFolder, concurrency } = parts
    const { parallel } = options
    const form = { segmentLength, messageForm, partLength }
    const sealing = { ...form, memoryLimit, temporaryFolder, concurrency, parallel, signal }
    sealed = await format.seal(opened, key, sealing)
    const headers = { ...callerHeaders, ...sealed.metadata }
    const { mime = opened.mime } = options
    const sendOptions = { headers, mime, parallel, signal, progress }
    const answer =
      resumable && isSentInParts(parts, sealed)
        ? await resumable.begin(key, sealed, sendOptions)
        : await sendObject(parts, name, sealed, sendOptions)
    if (sealed.length !== undefined) progress?.({ bytes: sealed.length, total: sealed.length })
    return resultOf(name, answer, key.encryption)
  } finally {
    // In this order: nothing may be encrypted under a key that is zeroed.
    await sealed?.dispose().finally(() => key.dataKey.fill(0))
    key.dataKey.fill(0)
  }
}

function resultOf(name: string, answer: StoredAnswer, encryption: PutResult['encryption']): PutResult {
  const { url, status, headers, callback } = answer
  return { name, url, res: { status, headers }, encryption, ...(callback && { callback }) }
}
