import type { Progress, ProgressStep } from './progress.js'

/** Tells of several passes over an object as of one way. */
export class PassProgress {
  readonly #progress: Progress | undefined
  #passes = 1
  #before = 0

  constructor(progress: Progress | undefined) {
    this.#progress = progress
  }

  /** To be called while nothing has been told, or the first pass is under way. */
  expect(passes: number): void {
    this.#passes = passes
  }

  /** What follows is of the next pass, before which there are so many bytes. */
  next(bytes: number): void {
    this.#before = bytes
  }

  readonly tell = ({ bytes, total, parts }: ProgressStep): void => {
    this.#progress?.({ bytes: this.#before + bytes, total: total === undefined ? total : total * this.#passes, parts })
  }
}
