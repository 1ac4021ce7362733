import type { ServerResponse } from 'node:http'
import type { KeyRecord } from './key-record.js'
import type { AliasRecord } from './key-store.js'
import { keyArn, keyStateOf } from './key-record.js'
import { keySpecRow } from './key-spec.js'

/** A time as the service writes it: UTC, to the second. */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

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

/** Sends an answer of the service. */
export function sendJson(response: ServerResponse, status: number, requestId: string, body: object): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json;charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'x-acs-request-id': requestId,
  })
  response.end(text)
}

/** The service's answer to a request that fails. */
export function errorBody(requestId: string, host: string | undefined, code: string, message: string): object {
  return {
    RequestId: requestId,
    Message: message,
    Recommend: `https://api.aliyun.com/troubleshoot?q=${encodeURIComponent(code)}&product=Kms&requestId=${requestId}`,
    HostId: host ?? '',
    Code: code,
  }
}
