import type { FileHandle } from 'node:fs/promises'

/** So many bytes are gathered for one write. */
const BATCH_LENGTH = 512 * 1024

/** So many pieces at the most: the system takes no more at once, and bytes that come one by one would take a hundred times their length. */
const BATCH_PIECES = 1024

/**
 * Writes a stretch of a file, one piece behind the other, in large writes, one of them on its way to the disk while the next is gathered: whoever
 * makes the bytes seldom waits.
 */
export class WriteBehind {
  readonly #file: FileHandle
  #position: number
  #batch: Uint8Array[] = []
  /** What is called when the batch has been written. */
  #written: (() => void)[] = []
  #gathered = 0
  #writing: Promise<void> = Promise.resolve()

  /** @param start Where in the file the first byte goes. */
  constructor(file: FileHandle, start = 0) {
    this.#file = file
    this.#position = start
  }

  /**
   * Adds bytes to the end of what was given before. They have to stay as they are, for they are written later. The promise, if there is one, is to be waited for before
   * more is added.
   *
   * @param written Is told when the bytes are needed no more.
   * @throws what an earlier write failed with.
   */
  append(bytes: Uint8Array, written?: (bytes: Uint8Array) => void): Promise<void> | undefined {
    this.#batch.push(bytes)
    if (written) this.#written.push(() => written(bytes))
    this.#gathered += bytes.length
    return this.#gathered >= BATCH_LENGTH || this.#batch.length >= BATCH_PIECES ? this.#begin() : undefined
  }

  /** Resolves when everything has been written. May be called by several at a time. */
  async flush(): Promise<void> {
    void this.#begin()
    await this.#writing
  }

  /** Forgets what has not been written, and resolves when nothing is being written any more. */
  async stop(): Promise<void> {
    this.#batch = []
    this.#written = []
    this.#gathered = 0
    await this.#writing.catch(() => undefined)
  }

  /** Puts what was gathered in the queue. @returns what was there before. */
  #begin(): Promise<void> {
    const before = this.#writing
    const batch = this.#batch
    const written = this.#written
    const position = this.#position
    this.#position += this.#gathered
    this.#batch = []
    this.#written = []
    this.#gathered = 0
    this.#writing = before.then(async () => {
      await writeAll(this.#file, batch, position)
      for (const tell of written) tell()
    })
    // It is awaited by the next write, or a flush; until then a failure has to have a handler.
    this.#writing.catch(() => undefined)
    return before
  }
}

/** Writes all pieces; a single write may take less. */
async function writeAll(file: FileHandle, pieces: Uint8Array[], position: number): Promise<void> {
  let at = position
  for (let rest = pieces; rest.length > 0;) {
    const { bytesWritten } = await file.writev(rest, at)
    at += bytesWritten
    rest = skipBytes(rest, bytesWritten)
  }
}

/** What is left of pieces behind their first `length` bytes. */
function skipBytes(pieces: Uint8Array[], length: number): Uint8Array[] {
  let skipped = 0
  return pieces.flatMap((piece) => {
    const rest = piece.subarray(Math.min(piece.length, Math.max(0, length - skipped)))
    skipped += piece.length
    return rest.length > 0 ? [rest] : []
  })
}
