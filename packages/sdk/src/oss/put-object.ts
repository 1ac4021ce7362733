import { algorithmByName, assertPlaintextLength, type AlgorithmSuite } from '../crypto/algorithm.js'
import {
  chooseAlgorithm,
  createEnvelope,
  describeHeader,
  type EncryptionInfo,
  type EncryptOptions,
  type Envelope,
} from '../keys/envelope.js'
import { DEFAULT_SEGMENT_LENGTH } from '../floe/parameters.js'
import { encodeContext } from '../message/encryption-context.js'
import { bindContext } from './binding.js'
import { encryptFloeObject } from './encrypt-floe-object.js'
import { encryptObject } from './encrypt-object.js'
import type { EncryptedObject, EncryptObjectOptions } from './encrypted-object.js'
import { assertMetadataFits, encodeMessageHeader, encodeMetadataHeaders, type Metadata } from './envelope-metadata.js'
import type { StoreAnswer } from './object-store.js'
import type { OpenSource } from './open-source.js'
import type { Progress } from './object-part.js'
import { assertParallel, assertPartLength } from './part-plan.js'
import { openSource, type PutSource } from './put-source.js'
import type { PutParts } from './put-parts.js'
import { beginResumable, resumeUpload, type ResumableUpload } from './put-resumable.js'
import { isSentInParts, sendObject } from './send-object.js'
import type { AskedUpload } from './upload-checkpoint.js'

/** Options of storing an object. */
export interface PutOptions extends EncryptOptions {
  /**
   * `gcm`: one message, which the vendor's SDKs read, of up to 64 GiB. `floe`: segments, of which every part can be read verified. Default
   * `gcm`.
   */
  readonly format?: 'gcm' | 'floe' | undefined
  /** With `floe`: bytes of a segment, from 1 KiB to 16 MiB. Default 1 MiB; less for many small reads. */
  readonly segmentLength?: number | undefined
  /** User metadata: stored in the clear and not authenticated. */
  readonly meta?: Metadata | undefined
  /** Content-Type. Default: that of a Blob or Response; by the extension of a file's path or name; by that of the object's key. */
  readonly mime?: string | undefined
  /** Further headers of the request, such as `Cache-Control` or `x-oss-forbid-overwrite`. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Binds the object to its key, so that it cannot be passed off as another. Default true. */
  readonly bindToObject?: boolean | undefined
  readonly progress?: Progress | undefined
  /**
   * Bytes of a part of an object that is sent in parts, from 100 KiB to 5 GiB; more where it would not fit in 10000 parts otherwise, and of a `floe`
   * object what makes whole segments. Default 8 MiB; for a stream 4 MiB, and more as it goes on.
   */
  readonly partLength?: number | undefined
  /** How many parts are on their way at once. Default 4. */
  readonly parallel?: number | undefined
  /**
   * A file that keeps the state of an upload in parts of the file at a path, so that the same call goes on with it after a failure, a crash or a
   * reboot, in whatever process; removed when the object is stored. It is believed when it was written under the upload's data key, in a file of this
   * user's; everything that the object is to be has to be what the upload was begun with.
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
  readonly encryption: EncryptionInfo
}

/** Encrypts and stores an object. */
export async function putObject(
  parts: PutParts,
  name: string,
  source: PutSource,
  options: PutOptions,
): Promise<PutResult> {
  const algorithm = chooseFormat(options)
  if (options.partLength !== undefined) assertPartLength(options.partLength)
  if (options.parallel !== undefined) assertParallel(options.parallel)
  const context = bindContext(options.encryptionContext ?? {}, name, options.bindToObject ?? true)
  const callerHeaders = { ...checkHeaders(options.headers), ...encodeMetadataHeaders(options.meta) }
  assertMetadataFits({ ...callerHeaders, 'x-oss-meta-context': 'x'.repeat(encodeContext(context).length) })
  const opened = await openSource(source)
  try {
    assertPlaintextLength(algorithm, opened.length ?? 0)
    const resumable = resumableUpload(parts, opened, options, {
      bucket: parts.store.bucket ?? null,
      name,
      algorithm,
      encryptionContext: context,
      headers: callerHeaders,
    })
    const resumed = resumable && (await resumeUpload(resumable, { ...options, headers: callerHeaders }))
    if (resumed) return { name, url: undefined, res: resumed.res, encryption: describeHeader(resumed.header) }
    const envelope = await createEnvelope(parts.dataKeys, {
      algorithm,
      encryptionContext: context,
      plaintextLength: opened.length,
      signal: options.signal,
    })
    return await putOpened(parts, name, opened, envelope, callerHeaders, options, resumable)
  } finally {
    await opened.discard()
  }
}

async function putOpened(
  parts: PutParts,
  name: string,
  opened: OpenSource,
  envelope: Envelope,
  callerHeaders: Readonly<Record<string, string>>,
  options: PutOptions,
  resumable: ResumableUpload | undefined,
): Promise<PutResult> {
  const { segmentLength, partLength, signal, progress } = options
  let encrypted: EncryptedObject | undefined
  try {
    const { header } = envelope
    const { ivLength, tagLength } = header.algorithm
    const envelopeHeaders = encodeMessageHeader(header)
    assertMetadataFits({
      ...callerHeaders,
      ...envelopeHeaders({ iv: new Uint8Array(ivLength), authTag: new Uint8Array(tagLength) }),
    })
    const encrypt = header.algorithm.mode === 'FLOE' ? encryptFloeObject : encryptObject
    const { checkCrc64, memoryLimit, temporaryFolder } = parts
    const encryptOptions = { checkCrc64, memoryLimit, temporaryFolder, segmentLength, partLength, progress, signal }
    encrypted = await encrypt(opened, envelope, encryptOptions)
    const headers = { ...callerHeaders, ...envelopeHeaders(encrypted) }
    const { mime = opened.mime, parallel } = options
    const sendOptions = { headers, mime, parallel, signal }
    const {
      url,
      status,
      headers: answered,
    }: StoreAnswer & { url?: string | undefined } = resumable && isSentInParts(parts, encrypted)
      ? await beginResumable(resumable, envelope, encrypted, sendOptions)
      : await sendObject(parts, name, encrypted, sendOptions)
    const res = { status, headers: answered }
    if (encrypted.length !== undefined) progress?.({ bytes: encrypted.length, total: encrypted.length })
    return { name, url, res, encryption: describeHeader(header) }
  } finally {
    // In this order: nothing may be encrypted under a key that is zeroed.
    await encrypted?.dispose().finally(() => envelope.dataKey.fill(0))
    envelope.dataKey.fill(0)
  }
}

/** The upload that a checkpoint is kept of, or may be there of; undefined when none is asked for. */
function resumableUpload(
  parts: PutParts,
  opened: OpenSource,
  options: PutOptions,
  about: Pick<AskedUpload, 'bucket' | 'name' | 'encryptionContext'> & {
    readonly algorithm: AlgorithmSuite
    readonly headers: Readonly<Record<string, string>>
  },
): ResumableUpload | undefined {
  const { checkpoint, restartIfChanged = false, progress, signal, segmentLength, partLength } = options
  if (checkpoint === undefined) return undefined
  const { multipart } = parts.store
  const { path, file } = opened
  if (path === undefined || !file) throw new TypeError('a checkpoint is kept of a file only, given by its path')
  if (!multipart) throw new TypeError('this store takes no parts, of which a checkpoint could be kept')
  const { algorithm, headers, ...rest } = about
  // What proves before anything is sent that the file is what it was, is the tag; FLOE needs none.
  if (!algorithm.authenticated) throw new TypeError(`a checkpoint cannot be kept of an upload with ${algorithm.name}`)
  return {
    parts,
    multipart,
    source: opened,
    asked: {
      ...rest,
      path,
      algorithm: algorithm.name,
      segmentLength: algorithm.mode === 'FLOE' ? (segmentLength ?? DEFAULT_SEGMENT_LENGTH) : null,
      options: { mime: options.mime ?? opened.mime, headers },
    },
    file,
    checkpoint,
    restartIfChanged,
    encryptOptions: { ...parts, progress, signal, segmentLength, partLength } as EncryptObjectOptions,
  }
}

function chooseFormat(options: PutOptions): AlgorithmSuite {
  const { algorithm, segmentLength } = options
  const format: string = options.format ?? 'gcm'
  if (format === 'floe' && (algorithm === undefined || algorithm === 'FLOE')) return algorithmByName('FLOE')
  if (format !== 'gcm') throw new TypeError('`format` is `gcm`, with any algorithm of the SDK, or `floe`, with none')
  if (segmentLength !== undefined) throw new TypeError('`segmentLength` goes with the format `floe`')
  return chooseAlgorithm(options)
}

/** Headers that would be about the plaintext, or belong to this client, are refused. */
function checkHeaders(headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  for (const name of Object.keys(headers)) {
    if (/^(content-md5|content-length|content-encoding|transfer-encoding)$/i.test(name)) {
      throw new TypeError(`header ${name} would be about the plaintext, but what is sent is ciphertext`)
    }
    if (/^x-oss-meta-/i.test(name)) throw new TypeError(`header ${name}: user metadata is given as \`meta\``)
  }
  return headers
}
