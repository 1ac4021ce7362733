import { KmsError } from './kms-error.js'

/** A limit on requests per second, for an account in a region; the operations of one share it. */
interface Quota {
  readonly perSecond: number
  readonly operations: readonly string[]
}

/** Operations that have the same limit, each for itself. */
function each(perSecond: number, ...operations: readonly string[]): Quota[] {
  return operations.map((operation) => ({ perSecond, operations: [operation] }))
}

/**
 * What the shared gateway lets through, by its quota page of March 2026 (GetSecretValue: of 2023). The page says that operations on data
 * share theirs; that those with asymmetric keys do too, and the others do not, is a guess. Operations that are not here have no limit.
 */
const quotas: readonly Quota[] = [
  { perSecond: 1000, operations: ['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'Encrypt', 'Decrypt'] },
  { perSecond: 200, operations: ['AsymmetricSign', 'AsymmetricVerify', 'AsymmetricEncrypt', 'AsymmetricDecrypt'] },
  ...each(750, 'ReEncrypt'),
  ...each(450, 'GetSecretValue'),
  ...each(50, 'DescribeKey', 'ListKeys', 'ListKeyVersions', 'GetPublicKey', 'ListAliases', 'ListAliasesByKeyId'),
  ...each(30, 'EnableKey', 'DisableKey', 'ScheduleKeyDeletion', 'CancelKeyDeletion', 'CreateKeyVersion'),
  ...each(30, 'UpdateKeyDescription', 'CreateAlias', 'UpdateAlias', 'DeleteAlias'),
  ...each(10, 'CreateKey'),
]

const quotaOf = new Map(quotas.flatMap((quota) => quota.operations.map((operation) => [operation, quota] as const)))

/** Counts requests, and throttles as the service does. */
export class Quotas {
  readonly #counts = new Map<string, number>()
  #second = 0

  /** @throws {KmsError} `Rejected.Throttling` for a request too many in this second. */
  count(region: string, operation: string, now: number): void {
    const quota = quotaOf.get(operation)
    if (quota === undefined) return
    const second = Math.floor(now / 1000)
    if (second !== this.#second) this.#counts.clear()
    this.#second = second
    const entry = `${region} ${quota.operations.join()}`
    const count = (this.#counts.get(entry) ?? 0) + 1
    if (count > quota.perSecond) throw new KmsError('Rejected.Throttling')
    this.#counts.set(entry, count)
  }
}
