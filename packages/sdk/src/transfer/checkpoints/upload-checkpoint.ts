import { decodeBase64, encodeBase64 } from '../../bytes/base64.js'
import { FormatError, OsscryptError } from '../../errors.js'
import type { FileIdentity } from '../../io/file-identity.js'
import { loadRecord, saveRecord } from '../../io/record-file.js'
import { isPartLength } from '../part-plan.js'
import type { ResumeProof } from '../sealed-object.js'
import type { SentPart } from '../upload-parts.js'

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
  /** What shows that the file that is sealed again is the same. */
  readonly proof: ResumeProof
  /** The parts that OSS has. */
  readonly parts: readonly SentPart[]
}

/** Ten thousand parts, each with an ETag and a checksum. */
const CHECKPOINT = { kind: 'osscrypt upload checkpoint', version: 1, maxLength: 4 * 1024 * 1024 }

/** Writes a checkpoint, in place of the one that is there. */
export function saveUploadCheckpoint(file: string, checkpoint: UploadCheckpoint): Promise<void> {
  const { header, proof, ...fields } = checkpoint
  return saveRecord(CHECKPOINT, file, {
    ...fields,
    header: encodeBase64(header),
    proof: Object.fromEntries(Object.entries(proof).map(([name, bytes]) => [name, encodeBase64(bytes)])),
  })
}

/**
 * Reads a checkpoint; null when there is none.
 *
 * @throws {@link FormatError} when the file is something else; what the file system says.
 */
export async function loadUploadCheckpoint(file: string): Promise<UploadCheckpoint | null> {
  const fields = await loadRecord(CHECKPOINT, file)
  if (!fields) return null
  const { name, path, uploadId, partLength, parts, header, proof } = fields
  const wellFormed =
    [name, path, uploadId, header].every((text) => typeof text === 'string') &&
    uploadId !== '' &&
    (partLength === null || isPartLength(partLength)) &&
    isFileIdentity(fields['file']) &&
    isProof(proof) &&
    Array.isArray(parts) &&
    parts.every(isSentPart)
  if (!wellFormed) throw new FormatError(`${file} is no whole checkpoint of an upload`)
  return {
    name: name as string,
    path: path as string,
    uploadId: uploadId as string,
    partLength: partLength as number | null,
    file: fields['file'] as FileIdentity,
    parts: parts,
    header: decodeBase64(header as string),
    proof: Object.fromEntries(Object.entries(proof).map(([name, text]) => [name, decodeBase64(text)])),
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

function isProof(value: unknown): value is Record<string, string> {
  return typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string')
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
