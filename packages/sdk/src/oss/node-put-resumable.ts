import { rm } from 'node:fs/promises'
import { ServiceError } from '../errors.js'
import { sameFile, type FileIdentity } from '../io/file-identity.js'
import { openEnvelope, type Envelope } from '../keys/envelope.js'
import type { VerifiedHeader } from '../keys/verified-header.js'
import { decodeHeader, encodeHeader, type MessageHeader } from '../message/header.js'
import { checkBinding } from '../format/binding.js'
import { formatOf } from '../format/formats.js'
import type { SealOptions } from '../format/object-format.js'
import type { SealedObject } from '../transfer/sealed-object.js'
import type { MultipartStore, StoredAnswer } from '../store/object-store.js'
import type { AlgorithmSuite } from '../crypto/algorithm.js'
import type { PlatformSource } from '../source/node-source.js'
import type { PutParts } from './put-parts.js'
import { sourceChanged, type OpenSource } from '../source/source.js'
import { abortUpload, beginUpload, finishUpload, type SendObjectOptions } from '../transfer/send.js'
import {
  assertSameUpload,
  loadUploadCheckpoint,
  saveUploadCheckpoint,
  type UploadCheckpoint,
} from '../transfer/checkpoints/upload-checkpoint.js'

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
  readonly sealOptions: SealOptions
}

/** What a put asks of this. */
export interface ResumeSettings {
  readonly checkpoint?: string | undefined
  readonly restartIfChanged?: boolean | undefined
  readonly segmentLength?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** The upload that a checkpoint is kept of, or may be there of; undefined when none is asked for. */
export function planResumable(
  parts: PutParts,
  name: string,
  opened: PlatformSource,
  algorithm: AlgorithmSuite,
  options: ResumeSettings,
): ResumableUpload | undefined {
  const { checkpoint, restartIfChanged = false, signal, segmentLength } = options
  if (checkpoint === undefined) return undefined
  const { multipart } = parts.store
  const { path, file } = opened
  if (path === undefined || !file) throw new TypeError('a checkpoint is kept of a file only, given by its path')
  if (!multipart) throw new TypeError('this store takes no parts, of which a checkpoint could be kept')
  // What proves before anything is sent that the file is what it was, is the tag; FLOE needs none.
  if (!algorithm.authenticated) throw new TypeError(`a checkpoint cannot be kept of an upload with ${algorithm.name}`)
  return {
    parts,
    multipart,
    name,
    source: opened,
    path,
    file,
    checkpoint,
    restartIfChanged,
    sealOptions: { memoryLimit: parts.memoryLimit, temporaryFolder: parts.temporaryFolder, signal, segmentLength },
  }
}

/** An object that was stored by taking up an earlier upload. */
export interface ResumedUpload {
  readonly res: StoredAnswer
  readonly header: VerifiedHeader
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
    return await sendRest(upload, known, header, options)
  } catch (error) {
    const changed = error instanceof Error && 'code' in error && error.code === 'SourceChanged'
    const gone = error instanceof ServiceError && error.serviceCode === 'NoSuchUpload'
    if (!gone && !(changed && upload.restartIfChanged)) throw error
    const { store, retry } = upload.parts
    const { multipart, name } = upload
    await abortUpload({ store, multipart, name, uploadId: known.uploadId, headers: options.headers }, retry)
    await removeCheckpoint(upload.checkpoint)
    return null
  }
}

async function sendRest(
  upload: ResumableUpload,
  known: UploadCheckpoint,
  header: MessageHeader,
  options: SendObjectOptions,
): Promise<ResumedUpload> {
  const { parts, multipart, name, source, sealOptions } = upload
  checkBinding(header.encryptionContext, name, {})
  const format = formatOf(header.algorithm)
  // Never an unauthenticated algorithm: nothing would show that the file is what it was.
  const readPreface = () => Promise.resolve(format.prefaceOf(known.proof))
  const key = await openEnvelope(parts.dataKeys, header, { signal: options.signal }, readPreface)
  let sealed: SealedObject | undefined
  try {
    sealed = await format.seal(source, key, { ...sealOptions, begun: known.proof })
    const target = { store: parts.store, multipart, name, uploadId: known.uploadId, headers: options.headers }
    const partLength = known.partLength ?? undefined
    return {
      header: key.header,
      res: await finishAndForget(upload, known, target, sealed, { ...options, partLength }),
    }
  } finally {
    // In this order: nothing may be encrypted under a key that is zeroed.
    await sealed?.dispose().finally(() => key.dataKey.fill(0))
    key.dataKey.fill(0)
  }
}

/** Begins an upload whose state is kept in a checkpoint. It stays when the upload fails. */
export async function beginResumable(
  upload: ResumableUpload,
  { header }: Envelope,
  sealed: SealedObject,
  options: SendObjectOptions,
): Promise<StoredAnswer> {
  const { parts, multipart, name, path, file } = upload
  const target = await beginUpload(parts, multipart, name, options)
  const known: UploadCheckpoint = {
    name,
    path,
    file,
    uploadId: target.uploadId,
    partLength: options.partLength ?? null,
    header: encodeHeader(header),
    proof: sealed.proof,
    parts: [],
  }
  try {
    await saveUploadCheckpoint(upload.checkpoint, known)
  } catch (error) {
    await abortUpload(target, parts.retry)
    throw error
  }
  return finishAndForget(upload, known, target, sealed, options)
}

async function finishAndForget(
  upload: ResumableUpload,
  known: UploadCheckpoint,
  target: Parameters<typeof finishUpload>[0],
  sealed: SealedObject,
  options: SendObjectOptions,
): Promise<StoredAnswer> {
  let saving = Promise.resolve()
  const res = await finishUpload(target, sealed, upload.parts, options, {
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
