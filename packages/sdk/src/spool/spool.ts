/** Where bytes are kept that do not fit in memory. */
export interface SpoolOptions {
  /** How many bytes are held in memory before a temporary file is made. Default 8 MiB. */
  readonly memoryLimit?: number | undefined
  /** The folder of temporary files. Default: the system's. Browsers have none: what does not fit is kept where they keep Blobs. */
  readonly temporaryFolder?: string | undefined
}

/** Bytes of {@link ByteSpool.room}, at most. */
export const ROOM_LENGTH = 512 * 1024

export const DEFAULT_MEMORY_LIMIT = 8 * 1024 * 1024

/** Holds bytes until they are read again. Only ciphertext is ever given to one. */
export interface ByteSpool {
  /** Bytes appended so far. */
  readonly length: number
  /** Adds bytes to the end. They are the spool's from now on: nobody else changes them any more. */
  append(bytes: Uint8Array): Promise<void>
  /**
   * Room for bytes that will be appended, filled from its start, before there is other room asked for.
   *
   * @param expected Bytes that are expected: no more room is made.
   */
  room(expected: number): Uint8Array
  /** Everything as one buffer, or undefined when it is not in memory. */
  readonly bytes: Uint8Array | undefined
  /** Reads the bytes from `start` up to, and without, `end`; may be called again, also while it is being read. */
  read(start?: number, end?: number): AsyncGenerator<Uint8Array>
  /** Reads all bytes once, faster: a piece is its reader's only until it asks for the next. */
  readPieces(): AsyncGenerator<Uint8Array>
  /** Frees what holds them. Must be called, however the work ended. */
  dispose(): Promise<void>
}
