import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { startLocalCloud } from '../../src/index.js'
import { type KmsAnswer, callKms } from './call-kms.js'
import { targetOf } from './target.js'

const cloud = await startLocalCloud()
afterAll(() => cloud.close())

let key = ''
let keyId = ''
beforeEach(async () => {
  key = await cloud.createKey()
  keyId = key.slice(key.lastIndexOf('/') + 1)
})

const call = (action: string, parameters: object = {}): Promise<KmsAnswer> =>
  callKms(targetOf(cloud), action, parameters)

const missing = '00000000-0000-4000-8000-000000000000'

describe('UpdateAlias', () => {
  test('lets an alias stand for another key', async () => {
    const AliasName = `alias/moved-${keyId}`
    const other = await cloud.createKey()
    await call('CreateAlias', { KeyId: key, AliasName })
    const before = await call('GenerateDataKey', { KeyId: AliasName })
    expect(await call('UpdateAlias', { KeyId: other, AliasName })).toEqual({ RequestId: expect.any(String) as string })
    expect(await cloud.findKey(AliasName)).toBe(other)
    expect((await call('Decrypt', { CiphertextBlob: before.CiphertextBlob })).KeyId).toBe(keyId)
    expect((await call('ListAliases', { PageSize: 100 })).Aliases.Alias).toContainEqual(
      expect.objectContaining({ AliasName, KeyId: other.slice(other.lastIndexOf('/') + 1) }),
    )
  })

  test('looks at the state of the new key, and not at that of the old', async () => {
    const AliasName = `alias/states-${keyId}`
    const [disabled, pending] = [await cloud.createKey(), await cloud.createKey()]
    await call('CreateAlias', { KeyId: key, AliasName })
    await call('ScheduleKeyDeletion', { KeyId: key, PendingWindowInDays: 7 })
    await call('DisableKey', { KeyId: disabled })
    await call('UpdateAlias', { KeyId: disabled, AliasName })
    expect(await cloud.findKey(AliasName)).toBe(disabled)
    await call('ScheduleKeyDeletion', { KeyId: pending, PendingWindowInDays: 7 })
    await expect(call('UpdateAlias', { KeyId: pending, AliasName })).rejects.toMatchObject({
      code: 'Rejected.PendingDeletion',
    })
    expect(await cloud.findKey(AliasName)).toBe(disabled)
  })

  test('refuses aliases and keys that are not there, and names that are no aliases', async () => {
    const AliasName = `alias/there-${keyId}`
    await call('CreateAlias', { KeyId: key, AliasName })
    for (const [parameters, code] of [
      [{ KeyId: key, AliasName: 'alias/none' }, 'Forbidden.AliasNotFound'],
      [{ KeyId: missing, AliasName }, 'Forbidden.KeyNotFound'],
      [{ KeyId: key, AliasName: 'none' }, 'InvalidParameter'],
      [{ KeyId: key, AliasName: 'alias/acs/kms' }, 'InvalidParameter'],
      [{ AliasName }, 'MissingParameter'],
    ] as const) {
      await expect(call('UpdateAlias', parameters)).rejects.toMatchObject({ code })
    }
    expect(await cloud.findKey(AliasName)).toBe(key)
  })
})

describe('ListAliasesByKeyId', () => {
  test('gives the aliases of one key, in pages', async () => {
    const other = await cloud.createKey({ alias: `alias/other-${keyId}` })
    const names = [1, 2, 3].map((n) => `alias/by-key/${String(n)}-${keyId}`)
    for (const AliasName of names) await call('CreateAlias', { KeyId: key, AliasName })
    const first = await call('ListAliasesByKeyId', { KeyId: key, PageSize: 2 })
    expect(first).toMatchObject({ TotalCount: 3, PageNumber: 1, PageSize: 2 })
    const second = await call('ListAliasesByKeyId', { KeyId: key, PageSize: 2, PageNumber: 2 })
    expect([...first.Aliases.Alias, ...second.Aliases.Alias]).toEqual(
      names.map((AliasName) => ({
        KeyId: keyId,
        AliasName,
        AliasArn: `acs:kms:cn-hangzhou:1234567890123456:${AliasName}`,
      })),
    )
    expect((await call('ListAliasesByKeyId', { KeyId: other })).TotalCount).toBe(1)
  })

  test('refuses a key that is not there', async () => {
    await expect(call('ListAliasesByKeyId', { KeyId: missing })).rejects.toMatchObject({
      code: 'Forbidden.KeyNotFound',
    })
  })
})

describe('UpdateKeyDescription', () => {
  test('puts another description, or none, in the place of the old', async () => {
    for (const Description of ['one', 'другое ✓', '']) {
      await call('UpdateKeyDescription', { KeyId: key, Description })
      expect((await call('DescribeKey', { KeyId: key })).KeyMetadata.Description).toBe(Description)
    }
    await call('DisableKey', { KeyId: key })
    await call('UpdateKeyDescription', { KeyId: key, Description: 'while disabled' })
  })

  test('has to be given one, that is not too long, for a key that stays', async () => {
    await call('UpdateKeyDescription', { KeyId: key, Description: 'kept' })
    for (const [parameters, code] of [
      [{ KeyId: key }, 'MissingParameter'],
      [{ KeyId: key, Description: 'x'.repeat(8193) }, 'InvalidParameter'],
      [{ KeyId: missing, Description: 'x' }, 'Forbidden.KeyNotFound'],
    ] as const) {
      await expect(call('UpdateKeyDescription', parameters)).rejects.toMatchObject({ code })
    }
    await call('ScheduleKeyDeletion', { KeyId: key, PendingWindowInDays: 7 })
    await expect(call('UpdateKeyDescription', { KeyId: key, Description: 'x' })).rejects.toMatchObject({
      code: 'Rejected.PendingDeletion',
    })
    expect((await call('DescribeKey', { KeyId: key })).KeyMetadata.Description).toBe('kept')
  })
})

describe('the service itself', () => {
  test('DescribeRegions names regions, that of the request among them', async () => {
    const { Regions } = await call('DescribeRegions')
    const ids = Regions.Region.map(({ RegionId }) => RegionId)
    expect(ids).toEqual(expect.arrayContaining(['cn-hangzhou', 'cn-beijing', 'eu-central-1']))
    expect(new Set(ids).size).toBe(ids.length)
    const own = await call('DescribeRegions', { RegionId: 'ap-own-1' })
    expect(own.Regions.Region).toContainEqual({ RegionId: 'ap-own-1' })
  })

  test('DescribeAccountKmsStatus says that KMS is there', async () => {
    expect((await call('DescribeAccountKmsStatus')).AccountStatus).toBe('Enabled')
  })

  test('says by name which operation it does not have', async () => {
    const missing = { code: 'InvalidAction.NotFound', data: { statusCode: 404 } }
    for (const action of ['TagResource', 'ImportKeyMaterial', 'constructor']) {
      await expect(call(action, { KeyId: key })).rejects.toMatchObject(missing)
      await expect(call(action, { KeyId: key })).rejects.toThrow(`no ${action} of Kms`)
      await expect(cloud.kms.call(action, { KeyId: key })).rejects.toThrow(`no ${action} of Kms`)
    }
    // What can be no name is not repeated.
    await expect(cloud.kms.call('<script>', {})).rejects.not.toThrow('script')
  })
})
