import type { FailureCode } from './outcome.js'

/** Why nothing can come of an object, where that is no error of OSS, KMS or the library. */
export class ObjectFailure extends Error {
  override readonly name = 'ObjectFailure'
  readonly code: FailureCode

  constructor(code: FailureCode, message: string) {
    super(message)
    this.code = code
  }
}
