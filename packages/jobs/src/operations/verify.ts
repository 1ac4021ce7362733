import { headersOf } from '../objects/classify-object.js'
import { isFolder } from '../objects/listed-object.js'
import { skipped } from './outcome.js'
import type { Operation } from './operation.js'

/** Reads encrypted objects whole, and keeps nothing of them. */
export const verify: Operation = {
  cost: ({ length }) => ({ putRequests: 0, getRequests: 3, bytesDown: length, bytesUp: 0, kmsCalls: 1 }),

  async run(object, found, { client, bucket }, { signal, dryRun }) {
    const { name } = object
    if (found.kind === 'plain') {
      // It may hold something since it was listed.
      const length = isFolder(object) && Number((await headersOf(bucket, name, signal))['content-length'])
      return skipped(length === 0 ? 'Folder' : 'NotEncrypted', found)
    }
    // Reading shows nothing where nothing can be verified.
    if (found.kind === 'oss-sdk-ctr') return skipped('LegacyFormat', found)
    if (dryRun) return skipped('DryRun', found)
    const { encryption } = await client.verify(name, { signal })
    return { ...found, status: 'done', cmkArns: encryption.cmkArns }
  },
}
