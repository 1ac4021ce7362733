import type { KmsCallOptions, KmsInstance, KmsKeyDirectory, KmsPlace } from '../kms/kms-client.js'
import type { CmkArn } from './cmk-arn.js'

/** Which CMKs live in KMS instances: the instance of each by the CMK's ARN, or `describe` to ask the region's shared gateway. */
export type CmkInstances = Readonly<Record<string, KmsInstance>> | 'describe'

/** Where a CMK is used. */
export interface CmkPlace {
  readonly place: KmsPlace
  /** Whether the CMK lives in a KMS instance, which offers no ReEncrypt. */
  readonly dedicated: boolean
}

/** Asks KMS about a CMK: with retries, by whoever gives it. */
type DescribeKey = (cmk: CmkArn, options: KmsCallOptions) => ReturnType<KmsKeyDirectory['describeKey']>

/** Finds out where CMKs are used. What KMS said of a CMK is kept: a CMK does not move. */
export class CmkPlaces {
  readonly #instances: CmkInstances
  readonly #reachable: boolean
  readonly #describeKey: DescribeKey
  readonly #described = new Map<string, CmkPlace>()

  /**
   * @param reachable Whether instances that KMS told of are to be reached at their own endpoints, whose certificates the caller trusts; else
   *   their CMKs are used through the shared gateway.
   */
  constructor(instances: CmkInstances, reachable: boolean, describeKey: DescribeKey) {
    this.#instances = instances
    this.#reachable = reachable
    this.#describeKey = describeKey
  }

  async placeOf(cmk: CmkArn, signal: AbortSignal | undefined): Promise<CmkPlace> {
    const { region, arn } = cmk
    if (this.#instances !== 'describe') {
      const instance = Object.hasOwn(this.#instances, arn) ? this.#instances[arn] : undefined
      return { place: { region, instance }, dedicated: instance !== undefined }
    }
    const known = this.#described.get(arn)
    if (known) return known
    const { instanceId: id } = await this.#describeKey(cmk, { signal })
    const instance = id !== undefined && this.#reachable ? { id } : undefined
    const found = { place: { region, instance }, dedicated: id !== undefined }
    this.#described.set(arn, found)
    return found
  }
}
