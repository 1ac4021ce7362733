import { concatBytes } from '../bytes/concat.js'
import { readWebStream } from '../bytes/web-stream.js'
import { DEFAULT_MEMORY_LIMIT, ROOM_LENGTH, type ByteSpool, type SpoolOptions } from './spool.js'

/** Bytes are gathered to this length before they become a Blob. */
const BLOB_LENGTH = 1024 * 1024

/** Holds bytes until they are read again: in memory to a limit, beyond it as Blobs, which browsers keep on their disk. */
export class Spool implements ByteSpool {
  readonly #memoryLimit: number
  #chunks: Uint8Array[] = []
  /** Bytes of `#chunks`. */
  #held = 0
  #blob: Blob | undefined
  #length = 0
  /** The whole rooms that were given. */
  readonly #rooms = new WeakSet<ArrayBufferLike>()
  /** Rooms whose bytes have become a Blob's. */
  #freeRooms: Uint8Array[] = []
  /** Whoever reads, or was given `bytes`, may have what has not become a Blob's yet. */
  #wasRead = false

  constructor({ memoryLimit = DEFAULT_MEMORY_LIMIT }: SpoolOptions) {
    this.#memoryLimit = memoryLimit
  }

  get length(): number {
    return this.#length
  }

  append(bytes: Uint8Array): Promise<void> {
    this.#chunks.push(bytes)
    this.#held += bytes.length
    this.#length += bytes.length
    if (this.#length > this.#memoryLimit && this.#held >= BLOB_LENGTH) this.#moveToBlob()
    return Promise.resolve()
  }

  room(expected: number): Uint8Array {
    const length = Math.min(expected, ROOM_LENGTH)
    const free = this.#freeRooms.pop()
    if (free) return free.subarray(0, length)
    const room = new Uint8Array(length)
    if (length === ROOM_LENGTH) this.#rooms.add(room.buffer)
    return room
  }

  get bytes(): Uint8Array | undefined {
    if (this.#blob) return undefined
    this.#wasRead = true
    if (this.#chunks.length !== 1) this.#chunks = [concatBytes(...this.#chunks)]
    return this.#chunks[0]
  }

  async *read(start = 0, end = this.#length): AsyncGenerator<Uint8Array> {
    this.#wasRead = true
    const blob = this.#blob
    const blobLength = blob?.size ?? 0
    const chunks = [...this.#chunks]
    if (blob && start < blobLength) yield* readWebStream(blob.slice(start, Math.min(end, blobLength)).stream())
    let position = blobLength
    for (const chunk of chunks) {
      const part = chunk.subarray(Math.max(0, start - position), Math.max(0, end - position))
      position += chunk.length
      if (part.length > 0) yield part
    }
  }

  readPieces(): AsyncGenerator<Uint8Array> {
    return this.read()
  }

  dispose(): Promise<void> {
    this.#chunks = []
    this.#freeRooms = []
    this.#held = 0
    this.#blob = undefined
    return Promise.resolve()
  }

  #moveToBlob(): void {
    const parts = [...(this.#blob ? [this.#blob] : []), ...this.#chunks] as ConstructorParameters<typeof Blob>[0]
    this.#blob = new Blob(parts)
    const rooms = this.#chunks.map(({ buffer }) => buffer).filter((buffer) => this.#rooms.has(buffer))
    this.#freeRooms = this.#wasRead ? [] : [...new Set(rooms)].map((buffer) => new Uint8Array(buffer))
    this.#chunks = []
    this.#held = 0
  }
}
