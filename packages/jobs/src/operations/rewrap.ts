import { skipped } from './outcome.js'
import type { Operation } from './operation.js'

/** Puts objects under other CMKs: all of these, and none but these. */
export function rewrap(cmkArns: readonly string[]): Operation {
  const isUnder = (found: readonly string[]) =>
    found.length === cmkArns.length && cmkArns.every((arn) => found.includes(arn))
  return {
    cost: () => ({ putRequests: 1, getRequests: 4, bytesDown: 0, bytesUp: 0, kmsCalls: 1 + cmkArns.length }),

    async run({ name }, found, { client }, { signal, dryRun }) {
      if (found.kind === 'plain') return skipped('NotEncrypted', found)
      if (found.kind === 'oss-sdk-ctr') return skipped('LegacyFormat', found)
      if (found.kind !== 'broken' && isUnder(found.cmkArns)) return skipped('AlreadyUnderCmks', found)
      // It is replaced with the whole object only, by a migration.
      if (found.kind === 'message-body') return skipped('MessageBody', found)
      if (dryRun) return skipped('DryRun', found)
      const { encryption } = await client.rewrap(name, { to: cmkArns, signal })
      return { ...found, status: 'done', cmkArns: encryption.cmkArns }
    },
  }
}
