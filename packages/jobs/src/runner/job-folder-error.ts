/** A folder that a job cannot be run in: another job's, one that another process works in, or one of which something is missing. */
export class JobFolderError extends Error {
  override readonly name = 'JobFolderError'
  readonly code: 'JobMismatch' | 'JobInUse' | 'JobDamaged'

  constructor(code: JobFolderError['code'], message: string) {
    super(message)
    this.code = code
  }
}
