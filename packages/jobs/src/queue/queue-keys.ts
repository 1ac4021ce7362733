/** What the keys of Redis are called. All of them have one hash tag, so that a cluster keeps them in one place, where a script can reach them together. */
export class QueueKeys {
  /** What every key begins with, those of BullMQ, too. */
  readonly prefix: string

  /** @throws RangeError for a name that could be taken for another's. */
  constructor(name: string) {
    if (!/^[\w.-]{1,64}$/.test(name)) throw new RangeError('a queue is named by letters, digits, `.`, `_` and `-`')
    this.prefix = `{${name}}`
  }

  /** Ids of all jobs, by the time at which they were started. */
  get jobs(): string {
    return `${this.prefix}:jobs`
  }

  /** What each worker says of itself. */
  get workers(): string {
    return `${this.prefix}:workers`
  }

  /** A job's specification, its state, and how far it is listed. */
  job(id: string): string {
    return `${this.prefix}:job:${id}`
  }

  /** Who lists the job's objects. */
  lister(id: string): string {
    return `${this.job(id)}:lister`
  }

  /** The page of the listing that is being queued. */
  page(id: string): string {
    return `${this.job(id)}:page`
  }

  totals(id: string): string {
    return `${this.job(id)}:totals`
  }

  /** When what has been let through will be paid for. */
  rate(id: string): string {
    return `${this.job(id)}:rate`
  }

  /** What came of the batches that are finished. */
  results(id: string): string {
    return `${this.job(id)}:results`
  }

  /** What came of the objects of a batch that is not finished. */
  outcomes(id: string, batch: number): string {
    return `${this.job(id)}:outcomes:${String(batch)}`
  }

  /** BullMQ's of a batch. */
  batch(id: string, name: string): string {
    return `${this.prefix}:${this.batches(id)}:${name}`
  }

  /** BullMQ's set of the batches that have objects that failed for good. */
  deadLetters(id: string): string {
    return `${this.prefix}:${this.batches(id)}:failed`
  }

  /** BullMQ's name of a job's queue: a colon is not allowed in it. */
  batches(id: string): string {
    return `batches.${id}`
  }
}
