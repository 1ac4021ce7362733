/** Writes a stretch of a target, one piece behind the other. */
export interface TargetWriter {
  /**
   * Adds bytes to the end of what was given before. They have to stay as they are until they are written. The promise, if there is one, is to be
   * waited for before more is added.
   *
   * @param written Is told when the bytes are needed no more.
   */
  append(bytes: Uint8Array, written?: (bytes: Uint8Array) => void): Promise<void> | undefined
  /** Resolves when everything has been written. */
  flush(): Promise<void>
}

/** Where the plaintext of a whole object goes, in whatever order it comes. */
export interface Target {
  /** Writes the bytes from `start` on. Several may write at a time, each its own stretch. */
  writeFrom(start: number): TargetWriter
}
