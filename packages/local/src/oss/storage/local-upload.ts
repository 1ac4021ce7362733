import { createHash } from 'node:crypto'
import type { ByteRange, FoundObject, FoundUpload, NamedPart, Place, RequestBody } from '../protocol/backend.js'
import { OssError } from '../protocol/error/oss-error.js'
import type { ObjectFacts, PartFacts, UploadFacts } from '../protocol/facts.js'
import type { Bucket } from './bucket.js'
import { checkOverwrite } from './check-overwrite.js'
import { combineCrc64 } from './checksum/crc64.js'
import { commitOrRemove, etagOf } from './commit-or-remove.js'
import { LocalObject } from './local-object.js'
import type { PartRecord } from './object-record.js'
import { md5Of } from './read-data.js'
import type { Upload } from './upload-index.js'
import { writeBody, type StoredBody } from './write-body.js'

const MIN_PART_LENGTH = 100 * 1024

/** A multipart upload in one of the store's buckets. */
export class LocalUpload implements FoundUpload {
  readonly #bucket: Bucket
  readonly #upload: Upload

  constructor(bucket: Bucket, upload: Upload) {
    this.#bucket = bucket
    this.#upload = upload
  }

  get facts(): UploadFacts {
    return this.#upload
  }

  get parts(): readonly PartRecord[] {
    return [...this.#upload.parts.values()].sort((a, b) => a.partNumber - b.partNumber)
  }

  async putPart(partNumber: number, body: RequestBody, nowMs: number): Promise<PartFacts> {
    this.#checkSequence(partNumber)
    return this.#keepPart(partNumber, await writeBody(this.#bucket.data, body), nowMs)
  }

  /** The checksums of a whole object that was put in one piece are known, and its file only needs another name. */
  async copyPart(partNumber: number, source: FoundObject, range: ByteRange, nowMs: number): Promise<PartFacts> {
    this.#checkSequence(partNumber)
    const { facts } = source
    if (source instanceof LocalObject && range.length === facts.size && facts.type === 'Normal') {
      const pieces = this.#bucket.data.adopt(source.bucket.data, source.facts.pieces)
      const md5 = Buffer.from(facts.etag, 'hex')
      const body = { length: facts.size, md5, crc64: BigInt(facts.crc64), pieces }
      return this.#keepPart(partNumber, body, nowMs)
    }
    const bytes = source.read(range)
    try {
      return await this.putPart(partNumber, { chunks: copyChunks(bytes.read()), maxLength: Infinity, md5: null }, nowMs)
    } finally {
      bytes.release()
    }
  }

  #checkSequence(partNumber: number): void {
    const { isSequential, parts } = this.#upload
    if (isSequential === true && partNumber !== parts.size + 1 && partNumber !== parts.size) {
      throw new OssError('PartNotSequential', { elements: { PartNumber: partNumber } })
    }
  }

  #keepPart(partNumber: number, body: StoredBody, nowMs: number): PartFacts {
    const { uploadId } = this.#upload
    const part: PartRecord = {
      uploadId,
      partNumber,
      size: body.length,
      etag: etagOf(body),
      crc64: body.crc64.toString(),
      lastModifiedMs: nowMs,
      pieces: body.pieces,
    }
    return commitOrRemove(this.#bucket, body, () => {
      if (!this.#bucket.uploads.putPart(part)) throw noSuchUpload(uploadId)
      return part
    })
  }

  /** The parts' data files become the object's; nothing is copied. */
  async complete(named: readonly NamedPart[] | null, place: Place, acl: string | undefined): Promise<ObjectFacts> {
    const bucket = this.#bucket
    const { uploadId, traits } = this.#upload
    if (bucket.uploads.find(uploadId, place.key) === null) throw noSuchUpload(uploadId)
    const parts = named === null ? allParts(uploadId, this.parts) : chosenParts(this.#upload, named)
    checkLengths(parts)
    checkOverwrite(bucket, place, '0042-00000214')
    const pieces = parts.flatMap((part) => part.pieces)
    const size = parts.reduce((sum, part) => sum + part.size, 0)
    const contentMd5 =
      this.#upload.isSequential === true ? { contentMd5: md5Of(bucket.data, pieces, size).toString('base64') } : {}
    const crc64 = combineCrc64(parts.map((part) => ({ crc64: BigInt(part.crc64), length: part.size })))
    const record = bucket.commit({
      ...traits,
      ...(acl !== undefined && { acl }),
      ...contentMd5,
      key: place.key,
      deleteMarker: false,
      type: 'Multipart',
      size,
      etag: etagOfParts(parts),
      crc64: crc64.toString(),
      lastModifiedMs: place.nowMs,
      pieces,
      uploadId,
    })
    bucket.uploads.end(uploadId, new Set(parts))
    return record
  }

  async abort(): Promise<void> {
    this.#bucket.uploads.end(this.#upload.uploadId, new Set())
  }
}

function noSuchUpload(uploadId: string): OssError {
  return new OssError('NoSuchUpload', { elements: { UploadId: uploadId } })
}

/** What is written gathers chunks before it does. */
async function* copyChunks(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk)
}

function chosenParts({ uploadId, parts }: Upload, named: readonly NamedPart[]): PartRecord[] {
  return named.map(({ partNumber, etag }) => {
    const part = parts.get(partNumber)
    if (part?.etag !== etag) {
      throw new OssError('InvalidPart', { elements: { PartNumber: partNumber, UploadId: uploadId } })
    }
    return part
  })
}

function allParts(uploadId: string, parts: readonly PartRecord[]): readonly PartRecord[] {
  if (parts.length === 0) throw new OssError('InvalidPart', { elements: { UploadId: uploadId } })
  return parts
}

function checkLengths(parts: readonly PartRecord[]): void {
  const small = parts.slice(0, -1).find(({ size }) => size < MIN_PART_LENGTH)
  if (small === undefined) return
  const { partNumber, size, etag } = small
  const elements = { PartNumber: partNumber, ETag: etag, MinSizeAllowed: MIN_PART_LENGTH, ProposedSize: size }
  throw new OssError('EntityTooSmall', { elements })
}

function etagOfParts(parts: readonly PartRecord[]): string {
  const md5 = createHash('md5')
  for (const { etag } of parts) md5.update(etag, 'hex')
  return `${md5.digest('hex').toUpperCase()}-${parts.length}`
}
