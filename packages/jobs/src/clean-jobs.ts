import type { Workplace } from './operations/operation.js'
import { listPages } from './objects/list-objects.js'
import { STAGED_PREFIX } from './objects/listed-object.js'

/** How strays are looked for. */
export interface CleanOptions extends Workplace {
  /** Says what would be deleted, and deletes nothing. Default false. */
  readonly dryRun?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** What was found of a job that ended in the middle. */
export interface Stray {
  readonly name: string
  readonly length: number
  /** False in a dry run. */
  readonly deleted: boolean
}

/**
 * Deletes what jobs that were killed have staged, which is never the only copy of anything. No job may be running on the bucket. What was kept because that was asked
 * for stays.
 */
export async function* cleanJobs({ client, bucket, dryRun = false, signal }: CleanOptions): AsyncGenerator<Stray> {
  for await (const page of listPages(bucket, { prefix: STAGED_PREFIX, signal })) {
    for (const { name, length } of page) {
      if (!dryRun) await client.delete(name, { signal })
      yield { name, length, deleted: !dryRun }
    }
  }
}
