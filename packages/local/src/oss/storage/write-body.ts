import type { FileHandle } from 'node:fs/promises'
import { createBodyHasher, type BodyDigest } from './checksum/body-digest.js'
import type { RequestBody } from '../protocol/backend.js'
import { OssError } from '../protocol/error/oss-error.js'
import type { DataFolder } from './data-folder.js'
import type { DataPiece } from './object-record.js'

/** A body that has been stored and is not yet part of any object. */
export interface StoredBody extends BodyDigest {
  readonly pieces: readonly DataPiece[]
}

const SMALL = 256 * 1024
const BATCH = 1024 * 1024

/**
 * Stores a body and hashes it on the way. Nothing is left of it when this throws.
 *
 * @throws `OssError` EntityTooLarge, InvalidDigest; whatever the source throws.
 */
export async function writeBody(folder: DataFolder, { chunks, maxLength, md5 }: RequestBody): Promise<StoredBody> {
  const hasher = await createBodyHasher()
  const writer = new PieceWriter(folder)
  let length = 0
  try {
    for await (const chunk of chunks) {
      length += chunk.length
      if (length > maxLength) throw new OssError('EntityTooLarge')
      const hashed = hasher.update(chunk)
      if (hashed !== undefined) await hashed
      await writer.write(chunk)
    }
    const pieces = await writer.finish()
    const body = { ...(await hasher.digest()), pieces }
    if (md5 === null || md5.equals(body.md5)) return body
    folder.remove(pieces)
  } catch (error) {
    await hasher.discard()
    await writer.discard()
    throw error
  }
  throw new OssError('InvalidDigest')
}

/** Writes in large batches, one of them on its way to the disk while the next fills up. A small body never waits for the disk. */
class PieceWriter {
  readonly #folder: DataFolder
  #batch: Buffer[] = []
  #batched = 0
  #length = 0
  #target: { file: string; handle: FileHandle } | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(folder: DataFolder) {
    this.#folder = folder
  }

  async write(chunk: Buffer): Promise<void> {
    this.#batch.push(chunk)
    this.#batched += chunk.length
    this.#length += chunk.length
    if (this.#batched >= BATCH) await this.#flush()
  }

  async #flush(): Promise<void> {
    await this.#writing
    this.#target ??= await this.#folder.create()
    const { handle } = this.#target
    const batch = this.#batch
    this.#batch = []
    this.#batched = 0
    this.#writing = writeAll(handle, batch)
    // It is awaited by the next flush; until then a failure has to have a handler.
    this.#writing.catch(() => undefined)
  }

  async finish(): Promise<DataPiece[]> {
    if (this.#length === 0) return []
    if (this.#target === undefined && this.#length <= SMALL) return [this.#folder.writeSmall(joined(this.#batch))]
    await this.#flush()
    await this.#writing
    const file = this.#target?.file ?? ''
    await this.#target?.handle.close()
    return [{ file, length: this.#length }]
  }

  async discard(): Promise<void> {
    await this.#writing.catch(() => undefined)
    if (this.#target === undefined) return
    await this.#target.handle.close().catch(() => undefined)
    this.#folder.remove([{ file: this.#target.file, length: 0 }])
  }
}

function joined(batch: Buffer[]): Buffer {
  return batch.length === 1 && batch[0] !== undefined ? batch[0] : Buffer.concat(batch)
}

async function writeAll(handle: FileHandle, batch: Buffer[]): Promise<void> {
  const total = batch.reduce((sum, chunk) => sum + chunk.length, 0)
  if (total === 0) return
  const { bytesWritten } = await handle.writev(batch)
  if (bytesWritten === total) return
  // The rest of a short write, which local disks hardly ever make.
  const rest = Buffer.concat(batch).subarray(bytesWritten)
  for (let at = 0; at < rest.length;) at += (await handle.write(rest, at)).bytesWritten
}
