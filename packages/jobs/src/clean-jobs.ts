import { OsscryptError } from 'osscrypt'
import type { Workplace } from './operations/operation.js'
import { listPages } from './objects/list-objects.js'
import { JOBS_PREFIX, originalName, REPLACED_PREFIX, STAGED_PREFIX } from './objects/listed-object.js'

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
  /** False in a dry run, and for what may be needed. */
  readonly deleted: boolean
  /** Why it may be needed: reading what took its place failed with this code. */
  readonly code?: string | undefined
}

/**
 * Deletes what jobs that were killed have left: what was staged, which is never the only copy of anything; and what was replaced, when what took its place
 * verifies. No job may be running on the bucket. What was kept because that was asked for stays.
 */
export async function* cleanJobs({ client, bucket, dryRun = false, signal }: CleanOptions): AsyncGenerator<Stray> {
  for await (const page of listPages(bucket, { prefix: JOBS_PREFIX, signal })) {
    for (const { name, length } of page) {
      const isReplaced = name.startsWith(REPLACED_PREFIX)
      if (!isReplaced && !name.startsWith(STAGED_PREFIX)) continue
      const code = isReplaced ? await failureOf(client, originalName(REPLACED_PREFIX, name), signal) : undefined
      const isDeleted = code === undefined && !dryRun
      if (isDeleted) await client.delete(name, { signal })
      yield { name, length, deleted: isDeleted, code }
    }
  }
}

/** Why an object cannot be read whole; undefined when it can. */
async function failureOf(
  client: Workplace['client'],
  name: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    await client.verify(name, { signal })
    return undefined
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof OsscryptError) return error.code
    throw error
  }
}
