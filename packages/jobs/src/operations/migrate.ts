import type { WrittenFormatName } from 'osscrypt/oss'
import { classifyObject } from '../objects/classify-object.js'
import { freshName, KEPT_PREFIX, REPLACED_PREFIX } from '../objects/listed-object.js'
import { skipped } from './outcome.js'
import type { Operation } from './operation.js'

/** How objects are stored anew. */
export interface MigrateOptions {
  /** Default `floe`. */
  readonly format?: WrittenFormatName | undefined
  /** Keeps what was there below `.osscrypt-jobs/kept/`. Default false: only until what took its place has been read back. */
  readonly keep?: boolean | undefined
}

/**
 * Stores encrypted objects anew in another format. What was there is kept by a copy inside OSS first, and goes only when what took its place has been read back
 * whole: at every moment one of both can be read.
 */
export function migrate({ format = 'floe', keep = false }: MigrateOptions): Operation {
  return {
    cost: ({ length }) => ({ putRequests: 4, getRequests: 8, bytesDown: 2 * length, bytesUp: length, kmsCalls: 3 }),

    async run({ name }, { client, bucket }, { signal, dryRun }) {
      const found = await classifyObject(client, bucket, name, signal)
      if (found.kind === 'plain') return skipped('NotEncrypted', found)
      if (found.kind === format) return skipped('AlreadyInFormat', found)
      if (dryRun) return skipped('DryRun', found)
      // A name of its own for each attempt: what an earlier one kept may be of another content.
      const keepAs = freshName(keep ? KEPT_PREFIX : REPLACED_PREFIX, name)
      const { encryption, dropped } = await client.upgrade(name, { format, keepAs, allowLegacyFormats: true, signal })
      await client.verify(name, { signal })
      // What cannot be deleted now is a stray, and no failure of what was done.
      if (!keep) await client.delete(keepAs).catch(() => undefined)
      return { status: 'done', kind: format, cmkArns: encryption.cmkArns, findings: [], dropped }
    },
  }
}
