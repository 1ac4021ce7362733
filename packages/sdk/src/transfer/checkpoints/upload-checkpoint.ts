import { decodeBase64, encodeBase64 } from '../../bytes/base64.js'
import { compareBytes } from '../../bytes/order.js'
import { FormatError, OsscryptError } from '../../errors.js'
import { encodeContext, type EncryptionContext } from '../../message/encryption-context.js'
import { decodeHeader, type MessageHeader } from '../../message/header.js'
import type { MessageForm } from '../../message/message-form.js'
import { isSourceIdentity, type SourceIdentity } from '../../source/source.js'
import { isPartLength } from '../part-plan.js'
import type { ResumeProof } from '../sealed-object.js'
import type { SentPart } from '../upload-parts.js'
import type { CheckpointKey } from './checkpoint-key.js'
import type { CheckpointPlace } from './checkpoint-place.js'
import { decodeRecord, loadRecord, saveRecord } from './record.js'

/** What an upload is asked to be. */
export interface AskedUpload {
  /** Null where the store does not say it. */
  readonly bucket: string | null
  readonly name: string
  /** What the file that is sent is called; see `SourceFile`. */
  readonly path: string
  readonly algorithm: string
  /** With the object's binding. */
  readonly encryptionContext: EncryptionContext
  /** What is given when an upload is begun, and cannot be given later. */
  readonly options: {
    /** In formats that have segments. */
    readonly segmentLength: number | undefined
    /** In messages that are bodies. */
    readonly messageForm?: MessageForm | undefined
    readonly mime: string | undefined
    readonly headers: Readonly<Record<string, string>>
  }
}

/**
 * What is written down of an upload, so that another process can go on with it. The data key is in it as KMS wrapped it, in the header, and
 * never in plaintext.
 */
export interface UploadCheckpoint {
  readonly bucket: string | null
  readonly name: string
  readonly path: string
  /** What the platform said of the file. */
  readonly file: SourceIdentity
  readonly uploadId: string
  readonly partLength: number | null
  /** The DER message header. */
  readonly header: Uint8Array
  /** What shows that the file that is sealed again is the same. */
  readonly proof: ResumeProof
  /** Stands for the options that the upload was begun with, which may hold what is nobody's business. */
  readonly options: string
  /** The parts that OSS has. */
  readonly parts: readonly SentPart[]
}

/** A checkpoint as it was read. Nothing of it is to be believed before it is {@link verify verified}. */
export interface UnverifiedCheckpoint {
  /** To unwrap the data key by. */
  readonly header: MessageHeader
  readonly proof: ResumeProof
  /**
   * The checkpoint, which whoever has the data key wrote.
   *
   * @throws OsscryptError `CheckpointMismatch` when it was changed, or the upload was begun with other options.
   */
  verify(key: CheckpointKey): Promise<UploadCheckpoint>
}

/** Ten thousand parts, each with an ETag and a checksum. */
const CHECKPOINT = { kind: 'osscrypt upload checkpoint', version: 1, maxLength: 4 * 1024 * 1024 }

/** What goes with the parts, or with the request that makes the object of them, and so may change. */
const LATER_HEADERS = /^x-oss-(forbid-overwrite|object-acl|callback|callback-var|request-payer|traffic-limit)$/

/** Writes a checkpoint, in place of the one that is there. */
export async function saveUploadCheckpoint(
  place: CheckpointPlace,
  checkpoint: UploadCheckpoint,
  key: CheckpointKey,
): Promise<void> {
  const { header, proof } = checkpoint
  const texts = Object.fromEntries(Object.entries(proof).map(([name, bytes]) => [name, encodeBase64(bytes)]))
  const state = { ...checkpoint, header: encodeBase64(header), proof: texts }
  return saveRecord(CHECKPOINT, place, { ...state, mac: await key.tag('state', JSON.stringify(state)) })
}

/** What stands for the options of an upload in its checkpoint. */
export function tagOptions(options: AskedUpload['options'], key: CheckpointKey): Promise<string> {
  return key.tag('options', describeOptions(options))
}

function describeOptions({ mime, headers, segmentLength, messageForm }: AskedUpload['options']): string {
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  const fixed = entries.filter(([name]) => !LATER_HEADERS.test(name)).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([
    mime ?? null,
    segmentLength ?? null,
    fixed,
    ...(messageForm === undefined ? [] : [messageForm]),
  ])
}

/**
 * Reads the checkpoint of an upload; null when there is none.
 *
 * @throws FormatError when the file is something else; OsscryptError `CheckpointMismatch` when it is of another upload; as loadRecord.
 */
export async function loadUploadCheckpoint(
  place: CheckpointPlace,
  asked: AskedUpload,
): Promise<UnverifiedCheckpoint | null> {
  const fields = await loadRecord(CHECKPOINT, place)
  if (!fields) return null
  const { checkpoint, state, mac } = decode(fields, place.label)
  const header = decodeHeader(checkpoint.header)
  assertSameUpload(checkpoint, header, asked)
  return {
    header,
    proof: checkpoint.proof,
    verify: async (key) => {
      if (!(await key.verify('state', JSON.stringify(state), mac))) {
        throw new OsscryptError(
          'CheckpointMismatch',
          `${place.label} was changed by somebody who does not have the data key`,
        )
      }
      if (checkpoint.options !== (await tagOptions(asked.options, key)))
        throw mismatch('with another mime, meta, headers or segment length')
      return checkpoint
    },
  }
}

/**
 * What a record says of an upload; nobody has verified it.
 *
 * @throws as loading it.
 */
export function readUnverifiedUpload(
  text: string,
  label: string,
): Pick<UploadCheckpoint, 'bucket' | 'name' | 'uploadId' | 'parts'> {
  return decode(decodeRecord(CHECKPOINT, text, label), label).checkpoint
}

interface DecodedCheckpoint {
  readonly checkpoint: UploadCheckpoint
  /** What `mac` is of. */
  readonly state: object
  readonly mac: string
}

function decode({ mac, ...state }: Record<string, unknown>, label: string): DecodedCheckpoint {
  const checkpoint = decodeState(state)
  if (!checkpoint || typeof mac !== 'string') throw new FormatError(`${label} is no whole checkpoint of an upload`)
  return { checkpoint, state, mac }
}

function decodeState(state: Record<string, unknown>): UploadCheckpoint | null {
  const { bucket, name, path, uploadId, partLength, parts, options, file, header, proof } = state
  const wellFormed =
    [name, path, uploadId, options, header].every((text) => typeof text === 'string') &&
    (bucket === null || typeof bucket === 'string') &&
    // Without an id, it would be the object itself that is deleted when the upload is given up.
    uploadId !== '' &&
    (partLength === null || isPartLength(partLength)) &&
    isSourceIdentity(file) &&
    isProof(proof) &&
    Array.isArray(parts) &&
    parts.every(isSentPart)
  if (!wellFormed) return null
  const bytes = Object.fromEntries(Object.entries(proof).map(([field, text]) => [field, decodeBase64(text)]))
  return { ...(state as unknown as UploadCheckpoint), header: decodeBase64(header as string), proof: bytes }
}

function isProof(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string')
}

/** Asserts that a checkpoint is of the upload that is asked for, before KMS is asked. */
function assertSameUpload(checkpoint: UploadCheckpoint, header: MessageHeader, asked: AskedUpload): void {
  if (checkpoint.bucket !== asked.bucket) throw mismatch(`into bucket ${String(checkpoint.bucket)}`)
  if (checkpoint.name !== asked.name) throw mismatch(`of object ${checkpoint.name}`)
  if (checkpoint.path !== asked.path) throw mismatch(`of file ${checkpoint.path}`)
  if (header.algorithm.name !== asked.algorithm) throw mismatch(`with ${header.algorithm.name}`)
  const context = encodeContext(header.encryptionContext)
  if (compareBytes(context, encodeContext(asked.encryptionContext)) !== 0)
    throw mismatch('with another encryption context')
}

function mismatch(of: string): OsscryptError {
  return new OsscryptError('CheckpointMismatch', `the checkpoint is of another upload: ${of}`)
}

function isSentPart(value: unknown): value is SentPart {
  if (typeof value !== 'object' || value === null) return false
  const { number, etag, length, crc64 } = value as Partial<SentPart>
  return (
    Number.isSafeInteger(number) &&
    Number.isSafeInteger(length) &&
    typeof etag === 'string' &&
    (crc64 === undefined || /^\d{1,20}$/.test(crc64))
  )
}
