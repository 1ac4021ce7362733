/** The two stages that the service itself moves. */
export const currentStage = 'ACSCurrent'
const previousStage = 'ACSPrevious'

/** One version of a secret. Its value is encrypted under the secret's key, bound to the secret's name and the version's id. */
export interface SecretVersion {
  readonly id: string
  /** Milliseconds since the epoch, as every time in a record. */
  readonly createdAt: number
  readonly stages: readonly string[]
  readonly dataType: 'text' | 'binary'
  /** A CiphertextBlob in base64. */
  readonly sealedData: string
}

/** A secret as it is kept. */
export interface SecretRecord {
  readonly name: string
  readonly region: string
  readonly accountId: string
  readonly description: string
  readonly encryptionKeyId: string
  readonly instanceId?: string
  readonly createdAt: number
  readonly updatedAt: number
  /** When a secret that is to be deleted goes. */
  readonly deleteAt?: number
  /** Oldest first. */
  readonly versions: readonly SecretVersion[]
}

/** `acs:kms:<region>:<account>:secret/<name>` */
export function secretArn(secret: SecretRecord): string {
  return `acs:kms:${secret.region}:${secret.accountId}:secret/${secret.name}`
}

/** Old versions that have no stage are kept up to this many versions in all. */
const maxVersions = 10

/**
 * Adds a version: the stages that it has are taken from the others, and the version that was current becomes the previous
 * one when the new one is current. The oldest versions without a stage go when there are too many.
 */
export function addVersion(versions: readonly SecretVersion[], added: SecretVersion): SecretVersion[] {
  const isCurrent = added.stages.includes(currentStage)
  const taken = isCurrent ? [...added.stages, previousStage] : added.stages
  const others = versions.map((version) => {
    const left = version.stages.filter((stage) => !taken.includes(stage))
    const becomesPrevious = isCurrent && version.stages.includes(currentStage)
    return { ...version, stages: becomesPrevious ? [...left, previousStage] : left }
  })
  let surplus = others.length + 1 - maxVersions
  const kept = others.filter((version) => version.stages.length > 0 || (surplus -= 1) < 0)
  return [...kept, added]
}
