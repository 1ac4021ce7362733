import { randomBytes, randomUUID } from 'node:crypto'
import type { KeyRecord } from './key-record.js'
import { type KeySpec, type KeyUsage, keySpecRow } from './key-spec.js'
import { KmsError } from './kms-error.js'
import type { OperationContext } from './operation.js'
import { findSymmetricKey } from './use-key.js'

/** What a new key is to be. */
export interface NewKey {
  readonly spec: KeySpec
  readonly usage: KeyUsage
  readonly description: string
  readonly instanceId: string | undefined
}

/** Makes a key in the request's region, and stores it. */
export async function makeKey(
  context: OperationContext,
  { spec, usage, description, instanceId }: NewKey,
): Promise<KeyRecord> {
  const material = await keySpecRow(spec).generate()
  const version = { id: randomUUID(), createdAt: context.now, material: material.toString('base64') }
  const key: KeyRecord = {
    // The ids of both kinds of keys look as they do at the service.
    id: instanceId === undefined ? randomUUID() : `key-${randomBytes(11).toString('hex')}`,
    region: context.region,
    accountId: context.accountId,
    spec,
    usage,
    state: 'Enabled',
    description,
    createdAt: context.now,
    ...(instanceId === undefined ? {} : { instanceId }),
    primaryVersionId: version.id,
    versions: [version],
  }
  context.keys.put(key)
  return key
}

/** The alias of the key that encrypts secrets for which no key is named; one per region, made when it is first needed. */
const serviceKeyAlias = { kind: 'alias', name: 'alias/acs/secretsmanager' } as const

export async function serviceKey(context: OperationContext): Promise<KeyRecord> {
  try {
    return findSymmetricKey(context, serviceKeyAlias)
  } catch (error) {
    if (!(error instanceof KmsError) || error.code !== 'Forbidden.AliasNotFound') throw error
  }
  const description = 'Secrets Manager'
  const key = await makeKey(context, {
    spec: 'Aliyun_AES_256',
    usage: 'ENCRYPT/DECRYPT',
    description,
    instanceId: undefined,
  })
  try {
    context.keys.createAlias({ region: context.region, name: serviceKeyAlias.name, keyId: key.id })
    return key
  } catch {
    // Another request was faster; its key is the one.
    return findSymmetricKey(context, serviceKeyAlias)
  }
}
