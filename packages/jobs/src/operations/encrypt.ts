import type { EncryptionInfo, UnverifiedEncryptionInfo } from 'osscrypt'
import type { WrittenFormatName } from 'osscrypt/oss'
import { keptOptions } from '../objects/kept-options.js'
import { isFolder } from '../objects/listed-object.js'
import { readPlain } from '../objects/read-plain.js'
import { assertUnderCmks } from './assert-under-cmks.js'
import { PARALLEL_PARTS } from './memory-budget.js'
import { skipped } from './outcome.js'
import type { Operation } from './operation.js'
import { takePlace, type Staged } from './take-place.js'

/** How objects are encrypted. */
export interface EncryptOptions {
  /** Default `gcm`. */
  readonly format?: WrittenFormatName | undefined
  readonly encryptionContext?: Readonly<Record<string, string>> | undefined
  /** Keeps what was there, in the clear, below `.osscrypt-jobs/kept/`. Default false. */
  readonly keep?: boolean | undefined
  /** Takes objects that are written by appending, too: nobody can append to them afterwards. Default false: they are skipped. */
  readonly appendable?: boolean | undefined
  /**
   * ARNs of the CMKs that the client encrypts under, so that a job that is gone on with is compared by them, and a client, or a worker, with others ends before it replaces
   * anything. Default: whatever the client has.
   */
  readonly cmkArns?: readonly string[] | undefined
}

/**
 * Encrypts objects where they are. What is to take an object's place is stored under a name of its own first, read back, and compared with what was read: see
 * {@link takePlace}.
 */
export function encrypt({
  format = 'gcm',
  encryptionContext,
  keep = false,
  appendable = false,
  cmkArns,
}: EncryptOptions): Operation {
  return {
    usesOneCmk: true,
    replaces: true,

    cost: ({ length }) => ({
      putRequests: keep ? 4 : 3,
      getRequests: 13,
      bytesDown: 2 * length,
      bytesUp: length,
      kmsCalls: 2,
    }),

    async run({ name }, found, workplace, { dryRun, signal, head = {} }) {
      const { client, bucket } = workplace
      if (found.kind === 'broken') return skipped('BrokenEnvelope', found)
      if (found.kind !== 'plain') return skipped('AlreadyEncrypted', found)
      if (isFolder({ name, length: Number(head['content-length']) })) return skipped('Folder', found)
      if (head['content-encoding'] !== undefined) return skipped('ContentEncoding', found)
      if (head['x-oss-object-type'] === 'Appendable' && !appendable) return skipped('Appendable', found)
      if (dryRun) return skipped('DryRun', found)
      const kept = await keptOptions(bucket, name, head, signal)
      const stage = async (staged: string): Promise<Staged<EncryptionInfo | UnverifiedEncryptionInfo>> => {
        const source = await readPlain(bucket, name, head, signal)
        const put = { format, encryptionContext, ...kept, boundKey: name, parallel: PARALLEL_PARTS, signal }
        const { encryption } = await client.put(staged, source.body, put)
        assertUnderCmks(cmkArns, encryption.cmkArns)
        return { expected: source.digest(), facts: encryption }
      }
      const { facts, dropped } = await takePlace(workplace, { name, head, keep }, stage, signal)
      return { status: 'done', kind: format, cmkArns: facts.cmkArns, findings: [], dropped }
    },
  }
}
