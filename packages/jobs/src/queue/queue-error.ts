/**
 * Why a queue is of no use, or refuses. `QueueUnreachable`, `QueueDenied` (user or password), `QueueEvicts` (Redis would delete what is queued when its memory is
 * full), `QueueDamaged` (what is there was not written by this package), `UnknownJob`, `OtherJob` (there is another job of this name), `JobEnded`,
 * `OtherProtocol` (the job was queued by a version that this one does not understand), `WorkerUnfit` (the worker's own credentials, clock or CMK are wrong).
 */
export type QueueErrorCode =
  | 'QueueUnreachable'
  | 'QueueDenied'
  | 'QueueEvicts'
  | 'QueueDamaged'
  | 'UnknownJob'
  | 'OtherJob'
  | 'JobEnded'
  | 'OtherProtocol'
  | 'WorkerUnfit'

/** What went wrong between jobs and Redis. Messages hold no address, user or password. */
export class QueueError extends Error {
  override readonly name = 'QueueError'
  readonly code: QueueErrorCode

  constructor(code: QueueErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
