import { rm } from 'node:fs/promises'
import { compareBytes } from '../bytes/order.js'
import { FormatError, ServiceError } from '../errors.js'
import { sameFile, type FileIdentity } from '../io/file-identity.js'
import { openEnvelope, type Envelope } from '../keys/envelope.js'
import { decodeHeader, encodeHeader, type MessageHeader } from '../message/header.js'
import { checkBinding } from './binding.js'
import { encryptFloeObject } from './encrypt-floe-object.js'
import { encryptObject } from './encrypt-object.js'
import type { EncryptedObject, EncryptObjectOptions } from './encrypted-object.js'
import type { MultipartStore, StoreAnswer } from './object-store.js'
import type { PutParts } from './put-parts.js'
import { sourceChanged, type OpenSource } from './open-source.js'
import { abortUpload, beginUpload, finishUpload, type SendObjectOptions } from './send-object.js'
import {
  assertSameUpload,
  loadUploadCheckpoint,
  saveUploadCheckpoint,
  type UploadCheckpoint,
} from './upload-checkpoint.js'

/** What is sent, and where the state of sending it is kept. */
export interface ResumableUpload {
  readonly parts: PutParts
  readonly multipart: MultipartStore
  readonly name: string
  readonly source: OpenSource
  /** The absolute path of the source. */
  readonly path: string
  readonly file: FileIdentity
  readonly checkpoint: string
  /** Begins anew, under a fresh data key, when the file has changed; else that is an error. */
  readonly restartIfChanged: boolean
  readonly encryptOptions: EncryptObjectOptions
}

/** An object that was stored by taking up an earlier upload. */
export interface ResumedUpload {
  readonly res: StoreAnswer
  readonly header: MessageHeader
}

/**
 * Takes up the upload that a checkpoint tells of. The file must be what it was: with GCM the tag of the first pass, computed again, proves it
 * before a byte is sent; with FLOE every segment that is sent has a nonce of its own anyway, and the file system is believed.
 *
 * @returns null when there is nothing to take up: no checkpoint, or OSS knows nothing of the upload any more.
 * @throws OsscryptError `CheckpointMismatch`, `SourceChanged`; as putting an object.
 */
export async function resumeUpload(upload: ResumableUpload, options: SendObjectOptions): Promise<ResumedUpload | null> {
  const known = await loadUploadCheckpoint(upload.checkpoint)
  if (!known) return null
  assertSameUpload(known, upload.name, upload.path)
  const header = decodeHeader(known.header)
  try {
    if (!sameFile(known.file, upload.file)) throw sourceChanged()
    return { header, res: await sendRest(upload, known, header, options) }
  } catch (error) {
    const changed = error instanceof Error && 'code' in error && error.code === 'SourceChanged'
    const gone = error instanceof ServiceError && error.serviceCode === 'NoSuchUpload'
    if (!gone && !(changed && upload.restartIfChanged)) throw error
    const { store, retry } = upload.parts
    await abortUpload({ store, multipart: upload.multipart, name: upload.name, uploadId: known.uploadId }, retry)
    await removeCheckpoint(upload.checkpoint)
    return null
  }
}

async function sendRest(
  upload: ResumableUpload,
  known: UploadCheckpoint,
  header: MessageHeader,
  options: SendObjectOptions,
): Promise<StoreAnswer> {
  const { parts, multipart, name, source } = upload
  const encryptOptions = { ...upload.encryptOptions, partLength: known.partLength ?? undefined }
  checkBinding(header.encryptionContext, name, {})
  const { ivLength, tagLength } = header.algorithm
  if (known.iv.length !== ivLength || known.authTag.length !== tagLength) {
    throw new FormatError(`${upload.checkpoint} is no whole checkpoint of an upload`)
  }
  // Never an unauthenticated algorithm: nothing would show that the file is what it was.
  const dataKey = await openEnvelope(parts.dataKeys, header, { signal: options.signal })
  let encrypted: EncryptedObject | undefined
  try {
    const envelope = { header, dataKey }
    encrypted =
      header.algorithm.mode === 'FLOE'
        ? await encryptFloeObject(source, envelope, encryptOptions, known.floeHeader)
        : await encryptObject(source, envelope, encryptOptions, known.iv)
    if (compareBytes(encrypted.authTag, known.authTag) !== 0) throw sourceChanged()
    const target = { store: parts.store, multipart, name, uploadId: known.uploadId }
    return await finishAndForget(upload, known, target, encrypted, options)
  } finally {
    // In this order: nothing may be encrypted under a key that is zeroed.
    await encrypted?.dispose().finally(() => dataKey.fill(0))
    dataKey.fill(0)
  }
}

/** Begins an upload whose state is kept in a checkpoint. It stays when the upload fails. */
export async function beginResumable(
  upload: ResumableUpload,
  { header }: Envelope,
  encrypted: EncryptedObject,
  options: SendObjectOptions,
): Promise<StoreAnswer> {
  const { parts, multipart, name, path, file } = upload
  const target = await beginUpload(parts, multipart, name, options)
  const { iv, authTag, floeHeader } = encrypted
  const known: UploadCheckpoint = {
    name,
    path,
    file,
    uploadId: target.uploadId,
    partLength: upload.encryptOptions.partLength ?? null,
    header: encodeHeader(header),
    iv,
    authTag,
    floeHeader,
    parts: [],
  }
  try {
    await saveUploadCheckpoint(upload.checkpoint, known)
  } catch (error) {
    await abortUpload(target, parts.retry)
    throw error
  }
  return finishAndForget(upload, known, target, encrypted, options)
}

async function finishAndForget(
  upload: ResumableUpload,
  known: UploadCheckpoint,
  target: Parameters<typeof finishUpload>[0],
  encrypted: EncryptedObject,
  options: SendObjectOptions,
): Promise<StoreAnswer> {
  let saving = Promise.resolve()
  const res = await finishUpload(target, encrypted, upload.parts.retry, options, {
    done: known.parts,
    onSent: (parts) => {
      saving = saving.then(() => saveUploadCheckpoint(upload.checkpoint, { ...known, parts }))
      return saving
    },
  })
  await removeCheckpoint(upload.checkpoint)
  return res
}

function removeCheckpoint(file: string): Promise<void> {
  return rm(file, { force: true })
}
