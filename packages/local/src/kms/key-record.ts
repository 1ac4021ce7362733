import { type KeyObject, createPrivateKey } from 'node:crypto'
import type { KeySpec, KeyUsage } from './key-spec.js'

export type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion'

/** One version of a key. */
export interface KeyVersion {
  /** A UUID; globally unique. */
  readonly id: string
  /** Milliseconds since the epoch, as every time in a record. */
  readonly createdAt: number
  /** The secret key (symmetric) or the PKCS #8 private key (asymmetric), in base64. */
  readonly material: string
}

/** A key (CMK) as it is kept: with its material. It never leaves the service. */
export interface KeyRecord {
  readonly id: string
  readonly region: string
  readonly accountId: string
  readonly spec: KeySpec
  readonly usage: KeyUsage
  readonly state: KeyState
  readonly description: string
  readonly createdAt: number
  /** When a key that is `PendingDeletion` goes. */
  readonly deleteAt?: number
  /** The KMS instance that the key lives in; it is in the shared KMS otherwise. */
  readonly instanceId?: string
  readonly primaryVersionId: string
  readonly versions: readonly KeyVersion[]
}

/** `acs:kms:<region>:<account>:key/<id>` */
export function keyArn(key: KeyRecord): string {
  return `acs:kms:${key.region}:${key.accountId}:key/${key.id}`
}

/** The state that the service tells: a key is no use while the KMS instance that it lives in is not there. */
export function keyStateOf(key: KeyRecord, instanceIds: readonly string[]): KeyState | 'Unavailable' {
  const isThere = key.instanceId === undefined || instanceIds.includes(key.instanceId)
  return isThere || key.state === 'PendingDeletion' ? key.state : 'Unavailable'
}

/** The version that encrypts and signs. */
export function primaryVersion(key: KeyRecord): KeyVersion {
  const version = findVersion(key, key.primaryVersionId)
  if (version === undefined) throw new Error(`key ${key.id} has no primary version`)
  return version
}

export function findVersion(key: KeyRecord, versionId: string): KeyVersion | undefined {
  return key.versions.find(({ id }) => id === versionId)
}

/** The private key of a version of an asymmetric key. */
export function privateKeyOf(version: KeyVersion): KeyObject {
  return createPrivateKey({ key: Buffer.from(version.material, 'base64'), type: 'pkcs8', format: 'der' })
}
