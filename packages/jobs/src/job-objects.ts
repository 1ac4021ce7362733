import type { JobSpec } from './job.js'
import type { BucketClient } from './objects/bucket-client.js'
import { compileFilter } from './objects/filter.js'
import { heldFor, JOBS_PREFIX } from './objects/listed-object.js'
import { readSource, type SourceOptions } from './objects/object-source.js'
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
  const held = isAudit && task.held === true && inventory === undefined && !JOBS_PREFIX.startsWith(prefix ?? '')
  const pages = held ? readWithHeld(source, prefix ?? '', after) : readSource(source, after)
  for await (const { objects, cursor } of pages) yield { objects: objects.filter(matches), cursor }
}

/** What a cursor is of: of what jobs hold, or of what is below the prefix itself. */
const [HELD, BELOW] = ['held ', 'below ']

/** What jobs hold of the objects below a prefix, and then these. */
async function* readWithHeld(source: SourceOptions, prefix: string, after?: string): AsyncGenerator<SourcePage> {
  const [held, below] = [HELD, BELOW].map((of) => (after?.startsWith(of) ? after.slice(of.length) : undefined))
  if (below === undefined)
    for await (const { objects, cursor } of readSource({ ...source, prefix: JOBS_PREFIX }, held))
      yield {
        objects: objects.filter(({ name }) => heldFor(name)?.startsWith(prefix) ?? true),
        cursor: cursor === undefined ? undefined : HELD + cursor,
      }
  for await (const { objects, cursor } of readSource(source, below))
    yield { objects, cursor: cursor === undefined ? undefined : BELOW + cursor }
}
