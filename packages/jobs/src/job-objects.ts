import type { JobSpec } from './job.js'
import type { BucketClient } from './objects/bucket-client.js'
import { compileFilter } from './objects/filter.js'
import { listPages } from './objects/list-objects.js'
import type { ListedObject } from './objects/listed-object.js'

/** What tells which objects there are. */
export interface JobBuckets {
  readonly bucket: BucketClient
  readonly signal?: AbortSignal | undefined
}

/** Some of the objects that a job is about, and where to go on behind them. */
export interface JobPage {
  readonly objects: readonly ListedObject[]
  /** Undefined where that is the start. */
  readonly cursor: string | undefined
}

/**
 * The objects that a job is about, a page at a time, in the order of their names.
 *
 * @param after A page's cursor, to go on behind it.
 * @throws RangeError for a filter that is none; ServiceError.
 */
export async function* jobObjects(
  { prefix, filter = {} }: JobSpec,
  { bucket, signal }: JobBuckets,
  after?: string,
): AsyncGenerator<JobPage> {
  const matches = compileFilter(filter)
  let cursor = after
  for await (const page of listPages(bucket, { prefix, startAfter: after, signal })) {
    cursor = page.at(-1)?.name ?? cursor
    yield { objects: page.filter(matches), cursor }
  }
}
