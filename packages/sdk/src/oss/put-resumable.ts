import { rm } from 'node:fs/promises'
import { compareBytes } from '../bytes/order.js'
import { OsscryptError, ServiceError } from '../errors.js'
import { sameFile, type FileIdentity } from '../io/file-identity.js'
import { openEnvelope, type Envelope } from '../keys/envelope.js'
import { encodeHeader, type MessageHeader } from '../message/header.js'
import { CheckpointKey } from './checkpoint-key.js'
import { encryptFloeObject } from './encrypt-floe-object.js'
import { encryptObject } from './encrypt-object.js'
import type { EncryptedObject, EncryptObjectOptions } from './encrypted-object.js'
import type { MultipartStore, StoreAnswer } from './object-store.js'
import { sourceChanged, type OpenSource } from './open-source.js'
import type { PutParts } from './put-parts.js'
import { abortUpload, beginUpload, finishUpload, type SendObjectOptions } from './send-object.js'
import {
  loadUploadCheckpoint,
  saveUploadCheckpoint,
  tagOptions,
  type AskedUpload,
  type UploadCheckpoint,
} from './upload-checkpoint.js'
import type { UploadTarget } from './upload-parts.js'

/** What is sent, and where the state of sending it is kept. */
export interface ResumableUpload {
  readonly parts: PutParts
  readonly multipart: MultipartStore
  readonly source: OpenSource
  readonly asked: AskedUpload
  readonly file: FileIdentity
  readonly checkpoint: string
  /** Begins anew, under a fresh data key, when the file has changed, or OSS has other parts than were sent; else that is an error. */
  readonly restartIfChanged: boolean
  readonly encryptOptions: EncryptObjectOptions
}

/** An object that was stored by taking up an earlier upload. */
export interface ResumedUpload {
  readonly res: StoreAnswer
  readonly header: MessageHeader
}

/**
 * Takes up the upload that a checkpoint tells of, if it is of the upload that is asked for, and was written by somebody who could unwrap its data
 * key. The file must be what it was: with GCM the tag of the first pass, computed again, proves it before a byte is sent; with FLOE every segment
 * that is sent has a nonce of its own anyway, and the file system is believed.
 *
 * @returns null when there is nothing to take up: no checkpoint, or OSS knows nothing of the upload any more.
 * @throws OsscryptError `CheckpointMismatch`, `SourceChanged`; as loading a checkpoint; as putting an object.
 */
export async function resumeUpload(upload: ResumableUpload, options: SendObjectOptions): Promise<ResumedUpload | null> {
  const { parts, asked, checkpoint } = upload
  const unverified = await loadUploadCheckpoint(checkpoint, asked)
  if (!unverified) return null
  const { header } = unverified
  // Never an unauthenticated algorithm: nothing would show that the file is what it was.
  const dataKey = await openEnvelope(parts.dataKeys, header, { signal: options.signal })
  try {
    const key = new CheckpointKey(dataKey)
    const known = unverified.verify(key)
    try {
      return { header, res: await sendRest(upload, known, key, { header, dataKey }, options) }
    } catch (error) {
      if (!isOver(error, upload)) throw error
      await abortUpload(targetOf(upload, known.uploadId), parts.retry)
      await removeCheckpoint(checkpoint)
      return null
    }
  } finally {
    dataKey.fill(0)
  }
}

/** Whether an upload cannot be gone on with, and another one is to take its place. */
function isOver(error: unknown, { restartIfChanged }: ResumableUpload): boolean {
  if (error instanceof ServiceError) return error.serviceCode === 'NoSuchUpload'
  const code = error instanceof OsscryptError ? error.code : undefined
  return restartIfChanged && (code === 'SourceChanged' || code === 'CheckpointMismatch')
}

async function sendRest(
  upload: ResumableUpload,
  known: UploadCheckpoint,
  key: CheckpointKey,
  envelope: Envelope,
  options: SendObjectOptions,
): Promise<StoreAnswer> {
  const { source } = upload
  if (!sameFile(known.file, upload.file)) throw sourceChanged()
  const encryptOptions = { ...upload.encryptOptions, partLength: known.partLength ?? undefined }
  let encrypted: EncryptedObject | undefined
  try {
    encrypted =
      envelope.header.algorithm.mode === 'FLOE'
        ? await encryptFloeObject(source, envelope, encryptOptions, known.floeHeader)
        : await encryptObject(source, envelope, encryptOptions, known.iv)
    if (compareBytes(encrypted.authTag, known.authTag) !== 0) throw sourceChanged()
    return await finishAndForget(upload, known, key, encrypted, options)
  } finally {
    // Before the key is zeroed: nothing may be encrypted under one that is.
    await encrypted?.dispose()
  }
}

/** Begins an upload whose state is kept in a checkpoint. It stays when the upload fails. */
export async function beginResumable(
  upload: ResumableUpload,
  { header, dataKey }: Envelope,
  encrypted: EncryptedObject,
  options: SendObjectOptions,
): Promise<StoreAnswer> {
  const { parts, multipart, asked, file } = upload
  const key = new CheckpointKey(dataKey)
  const target = await beginUpload(parts, multipart, asked.name, options)
  const { iv, authTag, floeHeader } = encrypted
  const known: UploadCheckpoint = {
    bucket: asked.bucket,
    name: asked.name,
    path: asked.path,
    file,
    uploadId: target.uploadId,
    partLength: upload.encryptOptions.partLength ?? null,
    header: encodeHeader(header),
    iv,
    authTag,
    floeHeader,
    options: tagOptions(asked.options, key),
    parts: [],
  }
  try {
    await saveUploadCheckpoint(upload.checkpoint, known, key)
  } catch (error) {
    await abortUpload(target, parts.retry)
    throw error
  }
  return finishAndForget(upload, known, key, encrypted, options)
}

async function finishAndForget(
  upload: ResumableUpload,
  known: UploadCheckpoint,
  key: CheckpointKey,
  encrypted: EncryptedObject,
  options: SendObjectOptions,
): Promise<StoreAnswer> {
  let saving = Promise.resolve()
  const progress = {
    done: known.parts,
    onSent: (parts: UploadCheckpoint['parts']) => {
      saving = saving.then(() => saveUploadCheckpoint(upload.checkpoint, { ...known, parts }, key))
      return saving
    },
  }
  try {
    const target = targetOf(upload, known.uploadId)
    const res = await finishUpload(target, encrypted, upload.parts.retry, options, progress)
    await removeCheckpoint(upload.checkpoint)
    return res
  } catch (error) {
    if (!(error instanceof ServiceError && /^InvalidPart(Order)?$/.test(error.serviceCode ?? ''))) throw error
    throw new OsscryptError(
      'CheckpointMismatch',
      `OSS has other parts than ${upload.checkpoint} tells of: somebody else sent some of them, too; restartIfChanged begins anew`,
      { cause: error },
    )
  }
}

function targetOf({ parts, multipart, asked }: ResumableUpload, uploadId: string): UploadTarget {
  return { store: parts.store, multipart, name: asked.name, uploadId }
}

function removeCheckpoint(file: string): Promise<void> {
  return rm(file, { force: true })
}
