import { formatTime } from '../rpc/answer.js'
import type { KeyRecord } from './key-record.js'
import type { AliasRecord } from './key-store.js'
import { keyArn, keyStateOf } from './key-record.js'
import { keySpecRow } from './key-spec.js'

/** What the service tells about a key, while there are these KMS instances. */
export function keyMetadata(key: KeyRecord, instanceIds: readonly string[]): object {
  const isSymmetric = keySpecRow(key.spec).kind === 'symmetric'
  return {
    KeyId: key.id,
    Arn: keyArn(key),
    Creator: key.accountId,
    CreationDate: formatTime(key.createdAt),
    Description: key.description,
    KeyState: keyStateOf(key, instanceIds),
    KeySpec: key.spec,
    KeyUsage: key.usage,
    Origin: 'Aliyun_KMS',
    ProtectionLevel: 'SOFTWARE',
    MaterialExpireTime: '',
    DeleteDate: key.deleteAt === undefined ? '' : formatTime(key.deleteAt),
    DeletionProtection: 'Disabled',
    ...(isSymmetric ? { PrimaryKeyVersion: key.primaryVersionId, AutomaticRotation: 'Disabled' } : {}),
    LastRotationDate: formatTime(key.versions.at(-1)?.createdAt ?? key.createdAt),
    ...(key.instanceId === undefined ? {} : { DKMSInstanceId: key.instanceId }),
  }
}

/** What the service tells about an alias. */
export function aliasMetadata({ keyId, name, region }: AliasRecord, accountId: string): object {
  return { KeyId: keyId, AliasName: name, AliasArn: `acs:kms:${region}:${accountId}:${name}` }
}

/** One page of a list, and where it stands in it. */
export function pageOf<T>(all: readonly T[], pageNumber: number, pageSize: number): { items: T[]; numbers: object } {
  const items = all.slice((pageNumber - 1) * pageSize, pageNumber * pageSize)
  return { items, numbers: { TotalCount: all.length, PageNumber: pageNumber, PageSize: pageSize } }
}
