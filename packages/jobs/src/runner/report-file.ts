import { lstat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { openOrMakeOwnFile } from 'osscrypt/files'
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

  /** @throws JobFolderError when there is a report in a folder without a job: it is somebody's. */
  static async assertNone(folder: string): Promise<void> {
    const [report, journal] = await Promise.all([ReportFile.path(folder), join(folder, 'journal.lmdb')].map(isThere))
    if (report && !journal)
      throw new JobFolderError('JobMismatch', `there is a report.jsonl in ${folder} that is of no job there`)
  }

  /**
   * Opens a job's report behind what is known to be done: what a process that ended has written after that is written again.
   *
   * @throws JobFolderError when some of that is missing; OsscryptError `UntrustedFile`.
   */
  static async open(folder: string, length: number): Promise<ReportFile> {
    const file = await openOrMakeOwnFile(ReportFile.path(folder))
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
    // One write may take a part only.
    for (let written = 0; written < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, written, bytes.length - written, this.#length + written)
      written += bytesWritten
    }
    await this.#file.datasync()
    this.#length += bytes.length
    return this.#length
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw error
    },
  )
}
