import { ServiceError } from 'osscrypt'
import type { UpgradeResult, WrittenFormatName } from 'osscrypt/oss'
import { assertUnderCmks } from './assert-under-cmks.js'
import { PARALLEL_PARTS } from './memory-budget.js'
import { skipped } from './outcome.js'
import type { Operation } from './operation.js'
import { digestOf, takePlace, type Staged } from './take-place.js'

/** How objects are stored anew. */
export interface MigrateOptions {
  /** Default `floe`. */
  readonly format?: WrittenFormatName | undefined
  /** Keeps what was there below `.osscrypt-jobs/kept/`. Default false. */
  readonly keep?: boolean | undefined
  /**
   * Takes what the OSS SDKs' own encryption wrote, too, of which nobody can verify anything: that it was so is written down with the new object for ever. Default
   * false: it is skipped.
   */
  readonly allowLegacyFormats?: boolean | undefined
  /** ARNs of the CMKs that the client encrypts under, as those of `encrypt`. */
  readonly cmkArns?: readonly string[] | undefined
}

/**
 * Stores encrypted objects anew in another format. What is to take an object's place is stored under a name of its own first, read back, and compared with the object,
 * which is read a second time for that (of what cannot be verified, two readings at least have to agree): see {@link takePlace}.
 */
export function migrate({
  format = 'floe',
  keep = false,
  allowLegacyFormats = false,
  cmkArns,
}: MigrateOptions): Operation {
  return {
    replaces: true,

    cost: ({ length }) => ({
      putRequests: keep ? 4 : 3,
      getRequests: 18,
      bytesDown: 3 * length,
      bytesUp: length,
      kmsCalls: 4,
    }),

    async run({ name }, found, workplace, { dryRun, signal, head = {} }) {
      const { client } = workplace
      if (found.kind === 'plain') return skipped('NotEncrypted', found)
      if (found.kind === format) return skipped('AlreadyInFormat', found)
      if (found.kind === 'oss-sdk-ctr' && !allowLegacyFormats) return skipped('LegacyFormat', found)
      if (dryRun) return skipped('DryRun', found)
      const stage = async (staged: string): Promise<Staged<UpgradeResult>> => {
        const parallel = PARALLEL_PARTS
        const facts = await client.upgrade(name, { format, storeAs: staged, allowLegacyFormats, parallel, signal })
        if (!facts.upgraded) throw new ServiceError('ObjectChanged', 'it is in the format by now', { service: 'oss' })
        assertUnderCmks(cmkArns, facts.encryption.cmkArns)
        return { expected: await digestOf(client, name, { allowLegacyFormats, signal }), facts }
      }
      const { facts, dropped } = await takePlace(workplace, { name, head, keep }, stage, signal)
      return {
        status: 'done',
        kind: format,
        cmkArns: facts.encryption.cmkArns,
        findings: [],
        dropped: [...new Set([...facts.dropped, ...dropped])],
      }
    },
  }
}
