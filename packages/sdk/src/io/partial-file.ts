import type { FileHandle } from 'node:fs/promises'
import { IntegrityError } from '../errors.js'
import { openOrMakeOwnFile } from './own-file.js'

/** Pieces of this length are read back. */
const READ_LENGTH = 256 * 1024

/** A file that bytes are collected in over several runs of a program. Nothing that is read from it is to be believed: anyone may have changed it. */
export class PartialFile {
  readonly #file: FileHandle

  private constructor(file: FileHandle) {
    this.#file = file
  }

  /**
   * Opens the file, or makes it.
   *
   * @throws as openOrMakeOwnFile.
   */
  static async open(path: string): Promise<PartialFile> {
    return new PartialFile(await openOrMakeOwnFile(path))
  }

  /** How long the file is. */
  async length(): Promise<number> {
    return (await this.#file.stat()).size
  }

  /** Writes at `position`. Resolves when the bytes are on the disk. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let offset = 0; offset < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, offset, bytes.length - offset, position + offset)
      offset += bytesWritten
    }
    await this.#file.datasync()
  }

  /**
   * The first `length` bytes. A chunk is its reader's until the next is asked for.
   *
   * @throws IntegrityError when there are fewer.
   */
  async *read(length: number): AsyncGenerator<Uint8Array> {
    const buffer = Buffer.allocUnsafeSlow(READ_LENGTH)
    for (let position = 0; position < length;) {
      const wanted = Math.min(READ_LENGTH, length - position)
      const { bytesRead } = await this.#file.read(buffer, 0, wanted, position)
      if (bytesRead === 0) throw new IntegrityError()
      position += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}
