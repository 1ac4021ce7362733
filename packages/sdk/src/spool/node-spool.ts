import { randomUUID } from 'node:crypto'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inPieces } from '../io/pieces.js'
import { DEFAULT_MEMORY_LIMIT, ROOM_LENGTH, type ByteSpool, type SpoolOptions } from './spool.js'
import { WriteBehind } from '../io/write-behind.js'

/** So many chunks are joined into one: bytes that come one by one would take a hundred times their length. */
const JOINED_CHUNKS = 1024

/**
 * Holds bytes until they are read again: in memory to a limit, beyond it in a temporary file that has no name (it is unlinked as soon as it is
 * open, so that nothing of it is left even when the process is killed). Only ciphertext is ever given to one.
 */
export class Spool implements ByteSpool {
  readonly #memoryLimit: number
  readonly #folder: string | undefined
  #chunks: Uint8Array[] = []
  /** How many chunks at the end have not been joined. */
  #loose = 0
  #file: { readonly handle: FileHandle; readonly behind: WriteBehind } | undefined
  #leftover: string | undefined
  #length = 0
  /** Room that is used again: while one is filled, the other is being written. */
  readonly #rooms: Uint8Array[] = []
  #roomsGiven = 0

  constructor({ memoryLimit = DEFAULT_MEMORY_LIMIT, temporaryFolder }: SpoolOptions) {
    this.#memoryLimit = memoryLimit
    this.#folder = temporaryFolder
  }

  /** Bytes appended so far. */
  get length(): number {
    return this.#length
  }

  /** Adds bytes to the end. They are the spool's from now on: nobody else changes them any more. */
  async append(bytes: Uint8Array): Promise<void> {
    this.#length += bytes.length
    if (!this.#file && this.#length <= this.#memoryLimit) {
      this.#chunks.push(bytes)
      this.#loose += 1
      if (this.#loose === JOINED_CHUNKS) {
        this.#chunks.push(Buffer.concat(this.#chunks.splice(-JOINED_CHUNKS)))
        this.#loose = 0
      }
      return
    }
    const { behind } = (this.#file ??= await this.#openFile())
    for (const chunk of this.#chunks.splice(0)) await behind.append(chunk)
    await behind.append(bytes)
  }

  /** Room for bytes that will be appended. What is in the file does not need its room any more: full room is written at once, when the one before has been. */
  room(expected: number): Uint8Array {
    const length = Math.min(expected, ROOM_LENGTH)
    if (!this.#file) return new Uint8Array(length)
    this.#roomsGiven += 1
    return (this.#rooms[this.#roomsGiven % 2] ??= new Uint8Array(ROOM_LENGTH)).subarray(0, length)
  }

  /** Everything as one buffer, or undefined when it is in a file. */
  get bytes(): Uint8Array | undefined {
    if (this.#file) return undefined
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0]
  }

  /** Reads the bytes from `start` up to, and without, `end`; may be called again, also while it is being read. */
  async *read(start = 0, end = this.#length): AsyncGenerator<Uint8Array> {
    if (this.#file) {
      yield* this.#readFile(start, end, (length) => new Uint8Array(length))
      return
    }
    let position = 0
    for (const chunk of this.#chunks) {
      const part = chunk.subarray(Math.max(0, start - position), Math.max(0, end - position))
      position += chunk.length
      yield* inPieces(part)
    }
  }

  /** Reads all bytes once, into buffers that are used again: a piece is its reader's only until it asks for the next. */
  async *readPieces(): AsyncGenerator<Uint8Array> {
    if (!this.#file) {
      yield* this.read()
      return
    }
    const rooms = [new Uint8Array(ROOM_LENGTH), new Uint8Array(ROOM_LENGTH)] as const
    let given = 0
    yield* this.#readFile(0, this.#length, (length) => rooms[++given % 2 === 0 ? 0 : 1].subarray(0, length))
  }

  /** Reads a stretch of the file, the next piece while its reader has this one. */
  async *#readFile(start: number, end: number, room: (length: number) => Uint8Array): AsyncGenerator<Uint8Array> {
    await this.#file?.behind.flush()
    const readAt = async (position: number): Promise<Uint8Array> => {
      const buffer = room(Math.min(ROOM_LENGTH, end - position))
      const bytesRead = await this.#readInto(buffer, position)
      if (bytesRead < buffer.length) throw new Error('the temporary file was cut short')
      return buffer
    }
    let reading = start < end ? readAt(start) : undefined
    for (let position = start; reading;) {
      const piece = await reading
      position += piece.length
      reading = position < end ? readAt(position) : undefined
      // It is awaited in its turn; until then a failure has to have a handler.
      reading?.catch(() => undefined)
      yield piece
    }
  }

  /** Fills a buffer from the file. @returns how much of it there was. */
  async #readInto(buffer: Uint8Array, position: number): Promise<number> {
    let filled = 0
    for (;;) {
      const { bytesRead } = await this.#openHandle().read(buffer, filled, buffer.length - filled, position + filled)
      filled += bytesRead
      if (bytesRead === 0 || filled === buffer.length) return filled
    }
  }

  #openHandle(): FileHandle {
    if (!this.#file) throw new Error('the temporary file is closed')
    return this.#file.handle
  }

  /** Frees memory and file. Must be called, however the work ended. */
  async dispose(): Promise<void> {
    this.#chunks = []
    const file = this.#file
    this.#file = undefined
    await file?.behind.stop()
    await file?.handle.close()
    if (this.#leftover !== undefined) await unlink(this.#leftover)
    this.#leftover = undefined
  }

  async #openFile(): Promise<{ readonly handle: FileHandle; readonly behind: WriteBehind }> {
    const path = join(this.#folder ?? tmpdir(), `osscrypt-${randomUUID()}`)
    const handle = await open(path, 'wx+', 0o600)
    try {
      await unlink(path)
    } catch {
      // Some systems do not unlink what is open: then it goes at the end.
      this.#leftover = path
    }
    return { handle, behind: new WriteBehind(handle) }
  }
}
