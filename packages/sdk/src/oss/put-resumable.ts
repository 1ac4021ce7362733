import { openCheckpointPlace } from '#checkpoint-place'
import type { PlatformSource } from '#source'
import type { AlgorithmSuite } from '../crypto/algorithm.js'
import { OsscryptError, ServiceError } from '../errors.js'
import type { SealingKey, SealOptions, WritableFormat } from '../format/object-format.js'
import { openMessageKey } from '../format/open-message-key.js'
import type { EncryptionContext } from '../message/encryption-context.js'
import { encodeHeader } from '../message/header.js'
import type { MessageForm } from '../message/message-form.js'
import { sameIdentity, sourceChanged, type OpenSource, type SourceIdentity } from '../source/source.js'
import type { MultipartStore, StoredAnswer } from '../store/object-store.js'
import { CheckpointKey } from '../transfer/checkpoints/checkpoint-key.js'
import type { CheckpointPlace } from '../transfer/checkpoints/checkpoint-place.js'
import {
  loadUploadCheckpoint,
  saveUploadCheckpoint,
  tagOptions,
  type AskedUpload,
  type UploadCheckpoint,
} from '../transfer/checkpoints/upload-checkpoint.js'
import type { SealedObject } from '../transfer/sealed-object.js'
import { abortUpload, beginUpload, finishUpload } from '../transfer/send-in-parts.js'
import type { SendObjectOptions } from '../transfer/send-options.js'
import type { UploadTarget } from '../transfer/upload-parts.js'
import type { PutParts } from './put-parts.js'

/** An upload whose state is kept, or may have been kept before. To be released. */
export interface ResumableUpload {
  /** Takes up the earlier one, if there is one. */
  resume(options: SendObjectOptions): Promise<ResumedUpload | null>
  /** Begins one. What is kept of it stays when it fails. */
  begin(key: SealingKey, sealed: SealedObject, options: SendObjectOptions): Promise<StoredAnswer>
  /** Lets others have what is kept. */
  release(): Promise<void>
}

/** What is sent, and where the state of sending it is kept. */
interface Upload {
  readonly parts: PutParts
  readonly multipart: MultipartStore
  readonly source: OpenSource
  readonly format: WritableFormat
  readonly asked: AskedUpload
  readonly file: SourceIdentity
  readonly checkpoint: CheckpointPlace
  /** Begins anew, under a fresh data key, when the file has changed, or OSS has other parts than were sent; else that is an error. */
  readonly restartIfChanged: boolean
  readonly sealOptions: SealOptions
}

/** What a put asks of this. */
export interface ResumeSettings {
  readonly restartIfChanged?: boolean | undefined
  readonly segmentLength?: number | undefined
  readonly messageForm?: MessageForm | undefined
  readonly partLength?: number | undefined
  readonly mime?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** The object that is to be put. */
export interface ResumableObject {
  readonly name: string
  readonly format: WritableFormat
  readonly algorithm: AlgorithmSuite
  /** With the object's binding. */
  readonly encryptionContext: EncryptionContext
  readonly headers: Readonly<Record<string, string>>
}

/**
 * The upload that a checkpoint is kept of, or may be there of.
 *
 * @throws TypeError where none can be kept; OsscryptError `CheckpointInUse`, `CheckpointUnavailable`.
 */
export async function planResumable(
  parts: PutParts,
  opened: PlatformSource,
  checkpoint: string,
  options: ResumeSettings,
  { name, format, algorithm, encryptionContext, headers }: ResumableObject,
): Promise<ResumableUpload> {
  const { restartIfChanged = false, mime, signal, segmentLength, messageForm, partLength } = options
  const { multipart, bucket = null } = parts.store
  const { file } = opened
  if (!file)
    throw new TypeError('a checkpoint is kept of a file only: in Node of one given by its path, in a browser of a File')
  if (!multipart) throw new TypeError('this store takes no parts, of which a checkpoint could be kept')
  // What proves before anything is sent that the file is what it was, is the tag; FLOE needs none.
  if (!algorithm.authenticated) throw new TypeError(`a checkpoint cannot be kept of an upload with ${algorithm.name}`)
  const { memoryLimit, temporaryFolder } = parts
  const fixed = {
    mime: mime ?? opened.mime,
    headers,
    segmentLength: segmentLength ?? format.segmentLength,
    ...(format.envelopeIn === 'body' && { messageForm: messageForm ?? 'message' }),
  }
  const upload: Upload = {
    parts,
    multipart,
    source: opened,
    format,
    asked: { bucket, name, path: file.path, algorithm: algorithm.name, encryptionContext, options: fixed },
    file: file.identity,
    checkpoint: await openCheckpointPlace(checkpoint, opened),
    restartIfChanged,
    sealOptions: { memoryLimit, temporaryFolder, signal, segmentLength, messageForm, partLength },
  }
  return {
    resume: (sending) => resumeUpload(upload, sending),
    begin: (key, sealed, sending) => beginUploadAnew(upload, key, sealed, sending),
    release: () => upload.checkpoint.release(),
  }
}

/** An object that was stored by taking up an earlier upload. */
export interface ResumedUpload {
  readonly res: StoredAnswer
  readonly encryption: SealingKey['encryption']
}

/**
 * Takes up the upload that a checkpoint tells of, if it is of the upload that is asked for, and was written by somebody who could unwrap its data
 * key. The file must be what it was: with GCM the tag of the first pass, computed again, proves it before a byte is sent; with FLOE every segment
 * that is sent has a nonce of its own anyway, and the file system is believed.
 *
 * @returns null when there is nothing to take up: no checkpoint, or OSS knows nothing of the upload any more.
 * @throws OsscryptError `CheckpointMismatch`, `SourceChanged`; as loading a checkpoint; as putting an object.
 */
async function resumeUpload(upload: Upload, options: SendObjectOptions): Promise<ResumedUpload | null> {
  const { parts, asked, checkpoint } = upload
  const unverified = await loadUploadCheckpoint(checkpoint, asked)
  if (!unverified) return null
  const { header, proof } = unverified
  // Never an unauthenticated algorithm: nothing would show that the file is what it was.
  const preface = upload.format.prefaceOf(proof)
  const sealing = await openMessageKey(parts.dataKeys, header, { signal: options.signal }, preface)
  try {
    const key = await CheckpointKey.create(sealing.dataKey)
    const known = await unverified.verify(key)
    try {
      return { encryption: sealing.encryption, res: await sendRest(upload, known, key, sealing, options) }
    } catch (error) {
      if (!isOver(error, upload)) throw error
      await abortUpload(targetOf(upload, known.uploadId, options), parts.retry)
      await checkpoint.remove()
      return null
    }
  } finally {
    sealing.dataKey.fill(0)
  }
}

/** Whether an upload cannot be gone on with, and another one is to take its place. */
function isOver(error: unknown, { restartIfChanged }: Upload): boolean {
  if (error instanceof ServiceError) return error.serviceCode === 'NoSuchUpload'
  const code = error instanceof OsscryptError ? error.code : undefined
  return restartIfChanged && (code === 'SourceChanged' || code === 'CheckpointMismatch')
}

async function sendRest(
  upload: Upload,
  known: UploadCheckpoint,
  key: CheckpointKey,
  sealing: SealingKey,
  options: SendObjectOptions,
): Promise<StoredAnswer> {
  if (!sameIdentity(known.file, upload.file)) throw sourceChanged()
  let sealed: SealedObject | undefined
  try {
    sealed = await upload.format.seal(upload.source, sealing, {
      concurrency: upload.parts.concurrency,
      parallel: options.parallel,
      ...upload.sealOptions,
      partLength: known.partLength ?? undefined,
      begun: known.proof,
    })
    return await finishAndForget(upload, known, key, sealed, options)
  } finally {
    // Before the key is zeroed: nothing may be encrypted under one that is.
    await sealed?.dispose()
  }
}

async function beginUploadAnew(
  upload: Upload,
  { header, dataKey }: SealingKey,
  sealed: SealedObject,
  options: SendObjectOptions,
): Promise<StoredAnswer> {
  const { parts, multipart, asked, file } = upload
  const key = await CheckpointKey.create(dataKey)
  const target = await beginUpload(parts, multipart, asked.name, sealed, options)
  const known: UploadCheckpoint = {
    bucket: asked.bucket,
    name: asked.name,
    path: asked.path,
    file,
    uploadId: target.uploadId,
    partLength: upload.sealOptions.partLength ?? null,
    header: encodeHeader(header),
    proof: sealed.proof,
    options: await tagOptions(asked.options, key),
    parts: [],
  }
  try {
    await saveUploadCheckpoint(upload.checkpoint, known, key)
  } catch (error) {
    await abortUpload(target, parts.retry)
    throw error
  }
  return finishAndForget(upload, known, key, sealed, options)
}

async function finishAndForget(
  upload: Upload,
  known: UploadCheckpoint,
  key: CheckpointKey,
  sealed: SealedObject,
  options: SendObjectOptions,
): Promise<StoredAnswer> {
  let saving = Promise.resolve()
  const progress = {
    done: known.parts,
    onSent: (parts: UploadCheckpoint['parts']) => {
      saving = saving.then(() => saveUploadCheckpoint(upload.checkpoint, { ...known, parts }, key))
      return saving
    },
  }
  try {
    const target = targetOf(upload, known.uploadId, options)
    const res = await finishUpload(target, sealed, upload.parts, options, progress)
    await upload.checkpoint.remove()
    return res
  } catch (error) {
    if (!(error instanceof ServiceError && /^InvalidPart(Order)?$/.test(error.serviceCode ?? ''))) throw error
    throw new OsscryptError(
      'CheckpointMismatch',
      `OSS has other parts than ${upload.checkpoint.label} tells of: somebody else sent some of them, too; restartIfChanged begins anew`,
      { cause: error },
    )
  }
}

function targetOf({ parts, multipart, asked }: Upload, uploadId: string, { headers }: SendObjectOptions): UploadTarget {
  return { store: parts.store, multipart, name: asked.name, uploadId, headers }
}
