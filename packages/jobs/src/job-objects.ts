import type { JobSpec } from './job.js'
import type { BucketClient } from './objects/bucket-client.js'
import { compileFilter } from './objects/filter.js'
import { readSource } from './objects/object-source.js'
import type { SourcePage } from './objects/source-page.js'

/** What tells which objects there are. */
export interface JobBuckets {
  readonly bucket: BucketClient
  /** A client of the bucket that the spec's inventory is in. Default: `bucket`. */
  readonly inventoryBucket?: BucketClient | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * The objects that a job is about, a page at a time, in an order that stays. An audit, which touches nothing, is about what jobs have staged and kept, too.
 *
 * @param after A page's cursor, to go on behind it.
 * @throws RangeError for a filter that is none; ServiceError.
 */
export async function* jobObjects(
  { task, bucket: bucketName, prefix, filter = {}, inventory }: JobSpec,
  { bucket, inventoryBucket = bucket, signal }: JobBuckets,
  after?: string,
): AsyncGenerator<SourcePage> {
  const isAudit = task.operation === 'audit'
  const matches = compileFilter(filter, isAudit)
  const versions = isAudit && task.versions === true
  const place = inventory && { bucket: inventoryBucket, manifest: inventory.manifest }
  const source = { bucketName, bucket, prefix, versions, inventory: place, signal }
  for await (const { objects, cursor } of readSource(source, after)) yield { objects: objects.filter(matches), cursor }
}
