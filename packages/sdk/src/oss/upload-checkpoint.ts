import { FormatError, OsscryptError } from '../errors.js'
import type { FileIdentity } from '../io/file-identity.js'
import { loadRecord, saveRecord } from '../io/record-file.js'
import { isPartLength } from './part-plan.js'
import type { SentPart } from './upload-parts.js'

/**
 * What is written down of an upload, so that another process can go on with it. The data key is in it as KMS wrapped it, in the header, and
 * never in plaintext.
 */
export interface UploadCheckpoint {
  readonly name: string
  /** The absolute path of the file that is sent, and what the file system said of it. */
  readonly path: string
  readonly file: FileIdentity
  readonly uploadId: string
  readonly partLength: number | null
  /** The DER message header. */
  readonly header: Uint8Array
  /** Of a GCM body; empty with FLOE. */
  readonly iv: Uint8Array
  readonly authTag: Uint8Array
  /** The start of a FLOE body; empty with GCM. */
  readonly floeHeader: Uint8Array
  /** The parts that OSS has. */
  readonly parts: readonly SentPart[]
}

/** Ten thousand parts, each with an ETag and a checksum. */
const CHECKPOINT = { kind: 'osscrypt upload checkpoint', version: 1, maxLength: 4 * 1024 * 1024 }

/** Writes a checkpoint, in place of the one that is there. */
export function saveUploadCheckpoint(file: string, checkpoint: UploadCheckpoint): Promise<void> {
  const texts = Object.fromEntries(
    (['header', 'iv', 'authTag', 'floeHeader'] as const).map((name) => [
      name,
      Buffer.from(checkpoint[name]).toString('base64'),
    ]),
  )
  return saveRecord(CHECKPOINT, file, { ...checkpoint, ...texts })
}

/**
 * Reads a checkpoint; null when there is none.
 *
 * @throws {@link FormatError} when the file is something else; what the file system says.
 */
export async function loadUploadCheckpoint(file: string): Promise<UploadCheckpoint | null> {
  const fields = await loadRecord(CHECKPOINT, file)
  if (!fields) return null
  const { name, path, uploadId, partLength, parts } = fields
  const texts = [name, path, uploadId, fields['header'], fields['iv'], fields['authTag'], fields['floeHeader']]
  const wellFormed =
    texts.every((text) => typeof text === 'string') &&
    (partLength === null || isPartLength(partLength)) &&
    isFileIdentity(fields['file']) &&
    Array.isArray(parts) &&
    parts.every(isSentPart)
  if (!wellFormed) throw new FormatError(`${file} is no whole checkpoint of an upload`)
  const bytes = (field: string) => Buffer.from(fields[field] as string, 'base64')
  return {
    name: name as string,
    path: path as string,
    uploadId: uploadId as string,
    partLength: partLength as number | null,
    file: fields['file'] as FileIdentity,
    parts: parts,
    header: bytes('header'),
    iv: bytes('iv'),
    authTag: bytes('authTag'),
    floeHeader: bytes('floeHeader'),
  }
}

/**
 * Asserts that a checkpoint is of the upload that is asked for.
 *
 * @throws OsscryptError `CheckpointMismatch`.
 */
export function assertSameUpload(checkpoint: UploadCheckpoint, name: string, path: string): void {
  const other = checkpoint.name !== name ? checkpoint.name : checkpoint.path !== path ? checkpoint.path : undefined
  if (other !== undefined) throw new OsscryptError('CheckpointMismatch', `the checkpoint is of the upload of ${other}`)
}

function isFileIdentity(value: unknown): value is FileIdentity {
  if (typeof value !== 'object' || value === null) return false
  const { length, inode, modifiedNs, changedNs } = value as Partial<FileIdentity>
  return typeof length === 'number' && [inode, modifiedNs, changedNs].every((number) => typeof number === 'string')
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
