import { open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { Outcome } from '../operations/outcome.js'
import { JobFolderError } from './job-folder-error.js'

/** The report object by object: JSON lines, in the order of the listing. */
export class ReportFile {
  readonly #file: FileHandle
  #length: number

  private constructor(file: FileHandle, length: number) {
    this.#file = file
    this.#length = length
  }

  static path(folder: string): string {
    return join(folder, 'report.jsonl')
  }

  /**
   * Opens a job's report behind what is known to be done: what a process that ended has written after that is written again.
   *
   * @throws JobFolderError when some of that is missing.
   */
  static async open(folder: string, length: number): Promise<ReportFile> {
    const file = await open(ReportFile.path(folder), length === 0 ? 'w+' : 'r+', 0o600)
    const { size } = await file.stat()
    if (size < length) {
      await file.close()
      throw new JobFolderError('JobDamaged', `the report in ${folder} is shorter than it was`)
    }
    await file.truncate(length)
    return new ReportFile(file, length)
  }

  /** Appends lines, and returns the report's length when they are on disk. */
  async append(outcomes: readonly Outcome[]): Promise<number> {
    const bytes = Buffer.from(outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`).join(''))
    await this.#file.write(bytes, 0, bytes.length, this.#length)
    await this.#file.datasync()
    this.#length += bytes.length
    return this.#length
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}
