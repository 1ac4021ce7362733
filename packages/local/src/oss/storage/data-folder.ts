import { linkSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { DataPiece } from './object-record.js'
import { uniqueName } from './record-folder.js'

/** The data files of a bucket. A file is written once, under a name of its own, and then only read and removed. */
export class DataFolder {
  readonly #path: string
  readonly #held = new Map<string, number>()
  readonly #doomed = new Set<string>()
  readonly #removals = new Set<Promise<void>>()

  constructor(path: string) {
    this.#path = path
    mkdirSync(path, { recursive: true, mode: 0o700 })
  }

  pathOf(file: string): string {
    return join(this.#path, file)
  }

  /** Writes a small file at once. */
  writeSmall(bytes: Uint8Array): DataPiece {
    const file = uniqueName()
    writeFileSync(this.pathOf(file), bytes, { flag: 'wx', mode: 0o600 })
    return { file, length: bytes.length }
  }

  /** Creates a file to be written piece by piece. */
  async create(): Promise<{ file: string; handle: FileHandle }> {
    const file = uniqueName()
    return { file, handle: await open(this.pathOf(file), 'wx', 0o600) }
  }

  /** Gives the bytes of another folder's files new names here, without copying them. */
  adopt(from: DataFolder, pieces: readonly DataPiece[]): DataPiece[] {
    return pieces.map(({ file, length }) => {
      const adopted = uniqueName()
      linkSync(from.pathOf(file), this.pathOf(adopted))
      return { file: adopted, length }
    })
  }

  /** Keeps files from being removed while they are read; call the result once to let them go. */
  hold(pieces: readonly DataPiece[]): () => void {
    for (const { file } of pieces) this.#held.set(file, (this.#held.get(file) ?? 0) + 1)
    return () => {
      for (const { file } of pieces) this.#letGo(file)
    }
  }

  #letGo(file: string): void {
    const holders = (this.#held.get(file) ?? 1) - 1
    if (holders > 0) {
      this.#held.set(file, holders)
      return
    }
    this.#held.delete(file)
    if (this.#doomed.delete(file)) this.#unlink(file)
  }

  /** Removes files, those being read as soon as they no longer are. */
  remove(pieces: readonly DataPiece[]): void {
    for (const { file } of pieces) {
      if (this.#held.has(file)) this.#doomed.add(file)
      else this.#unlink(file)
    }
  }

  #unlink(file: string): void {
    const removal = unlink(this.pathOf(file)).catch(() => undefined)
    this.#removals.add(removal)
    void removal.then(() => this.#removals.delete(removal))
  }

  /** Removes every file that is not in use: what a killed process left behind. */
  sweep(used: ReadonlySet<string>): void {
    for (const file of readdirSync(this.#path)) {
      if (!used.has(file)) rmSync(this.pathOf(file), { force: true })
    }
  }

  /** Resolves when the removals that were begun are done. */
  async settle(): Promise<void> {
    await Promise.all(this.#removals)
  }
}
