import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { startLocalCloud } from '../../src/index.js'
import { type KmsAnswer, callKms } from './call-kms.js'
import { answerOf, sendSigned } from './send-signed.js'
import { targetOf } from './target.js'

const dayMs = 24 * 60 * 60_000
let now = Date.now()
const cloud = await startLocalCloud({ now: () => now })
afterAll(() => cloud.close())

let key = ''
let keyId = ''
beforeEach(async () => {
  now = Date.now()
  key = await cloud.createKey()
  keyId = key.slice(key.lastIndexOf('/') + 1)
})

const call = (action: string, parameters: object = {}): Promise<KmsAnswer> =>
  callKms(targetOf(cloud), action, parameters)

describe('CreateKey and DescribeKey', () => {
  test('tell the same of a new key', async () => {
    const { KeyMetadata } = await call('CreateKey', { Description: 'a key' })
    expect(KeyMetadata).toMatchObject({
      Description: 'a key',
      KeyState: 'Enabled',
      KeySpec: 'Aliyun_AES_256',
      KeyUsage: 'ENCRYPT/DECRYPT',
      Origin: 'Aliyun_KMS',
      ProtectionLevel: 'SOFTWARE',
      Creator: '1234567890123456',
      DeleteDate: '',
    })
    expect(KeyMetadata.CreationDate).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect((await call('DescribeKey', { KeyId: KeyMetadata.KeyId })).KeyMetadata).toEqual(KeyMetadata)
  })

  test.each([
    [{ KeySpec: 'DES' }, 'InvalidParameter'],
    [{ KeySpec: 'Aliyun_AES_256', KeyUsage: 'SIGN/VERIFY' }, 'InvalidParameter'],
    [{ KeySpec: 'EC_P256', KeyUsage: 'ENCRYPT/DECRYPT' }, 'InvalidParameter'],
    [{ Description: 'x'.repeat(8193) }, 'InvalidParameter'],
    [{ DKMSInstanceId: 'kst-none' }, 'InvalidParameter'],
    [{ Origin: 'EXTERNAL' }, 'UnsupportedOperation'],
    [{ EnableAutomaticRotation: 'true' }, 'UnsupportedOperation'],
  ])('CreateKey refuses %j', async (parameters, code) => {
    await expect(call('CreateKey', parameters)).rejects.toMatchObject({ code })
  })
})

describe('a key is found', () => {
  test('by id, alias, ARN and ARN of the alias', async () => {
    const name = `alias/found/by_${keyId}`
    await call('CreateAlias', { KeyId: key, AliasName: name })
    for (const KeyId of [keyId, name, key, `acs:kms:cn-hangzhou:1234567890123456:${name}`]) {
      expect((await call('GenerateDataKey', { KeyId })).KeyId).toBe(keyId)
    }
  })

  test.each([
    ['acs:kms:cn-hangzhou:1234567890123456', 'InvalidParameter'],
    ['acs:oss:cn-hangzhou:1234567890123456:key/a', 'InvalidParameter'],
    ['acs:kms:cn-hangzhou:1234567890123456:key/a:b', 'InvalidParameter'],
    ['acs:kms:evil.example/:1234567890123456:key/a', 'InvalidParameter'],
    ['acs:kms:cn-hangzhou:x:key/a', 'InvalidParameter'],
    ['acs:kms:cn-hangzhou:1234567890123456:secret/a', 'InvalidParameter'],
    ['alias/', 'InvalidParameter'],
    ['a b', 'InvalidParameter'],
    ['acs:kms:cn-hangzhou:1234567890123456:key/none', 'Forbidden.KeyNotFound'],
    ['acs:kms:cn-hangzhou:1234567890123456:alias/none', 'Forbidden.AliasNotFound'],
    ['alias/none', 'Forbidden.AliasNotFound'],
    ['none', 'Forbidden.KeyNotFound'],
  ])('not by %s: %s', async (KeyId, code) => {
    await expect(call('DescribeKey', { KeyId })).rejects.toMatchObject({ code })
  })

  test('not under another account', async () => {
    const KeyId = key.replace('1234567890123456', '6543210987654321')
    await expect(call('DescribeKey', { KeyId })).rejects.toMatchObject({ code: 'Forbidden.KeyNotFound' })
  })
})

describe('regions', () => {
  test('a key lives in one: that of its ARN', async () => {
    const abroad = await cloud.createKey({ region: 'eu-central-1' })
    expect(abroad).toContain(':eu-central-1:')
    const made = await call('GenerateDataKey', { KeyId: abroad })
    expect((await call('Decrypt', { CiphertextBlob: made.CiphertextBlob })).Plaintext).toBe(made.Plaintext)
    await expect(call('DescribeKey', { KeyId: abroad.slice(-36) })).rejects.toMatchObject({
      code: 'Forbidden.KeyNotFound',
    })
    await expect(call('DescribeKey', { KeyId: abroad.replace('eu-central-1', 'cn-hangzhou') })).rejects.toMatchObject({
      code: 'Forbidden.KeyNotFound',
    })
  })

  test('a request to the host of one sees that one alone', async () => {
    const abroad = await cloud.createKey({ region: 'eu-central-1' })
    const { CiphertextBlob } = await call('GenerateDataKey', { KeyId: abroad })
    const at = (region: string, action: string, parameters: Record<string, string>): Promise<KmsAnswer> =>
      sendSigned(targetOf(cloud), { action, parameters, headers: { host: `kms.${region}.aliyuncs.com` } }).then(
        answerOf,
      )
    const { KeyMetadata } = await at('eu-central-1', 'DescribeKey', { KeyId: abroad.slice(-36) })
    expect(KeyMetadata.Arn).toBe(abroad)
    await expect(at('cn-beijing', 'DescribeKey', { KeyId: abroad })).rejects.toMatchObject({
      code: 'Forbidden.KeyNotFound',
    })
    await expect(at('cn-beijing', 'Decrypt', { CiphertextBlob })).rejects.toMatchObject({
      code: 'Forbidden.KeyNotFound',
    })
    expect((await at('eu-central-1', 'Decrypt', { CiphertextBlob })).KeyId).toBe(abroad.slice(-36))
    const created = await at('cn-beijing', 'CreateKey', {})
    expect(created.KeyMetadata.Arn).toContain(':cn-beijing:')
  })

  test('ReEncrypt stays in one', async () => {
    const abroad = await cloud.createKey({ region: 'eu-central-1' })
    const { CiphertextBlob } = await call('GenerateDataKey', { KeyId: key })
    await expect(call('ReEncrypt', { CiphertextBlob, DestinationKeyId: abroad })).rejects.toMatchObject({
      code: 'Forbidden.KeyNotFound',
    })
  })

  test('ReEncrypt moves to another key of one', async () => {
    const other = await cloud.createKey()
    const made = await call('GenerateDataKey', { KeyId: key })
    const moved = await call('ReEncrypt', { CiphertextBlob: made.CiphertextBlob, DestinationKeyId: other })
    expect(other).toContain(moved.KeyId)
    const again = await call('Decrypt', { CiphertextBlob: moved.CiphertextBlob })
    expect(again).toMatchObject({ Plaintext: made.Plaintext, KeyId: moved.KeyId })
  })
})

describe('aliases', () => {
  test('are created, listed and deleted', async () => {
    const AliasName = `alias/a-${keyId}`
    await call('CreateAlias', { KeyId: key, AliasName })
    const { Aliases } = await call('ListAliases', { PageSize: 100 })
    expect(Aliases.Alias).toContainEqual({
      KeyId: keyId,
      AliasName,
      AliasArn: `acs:kms:cn-hangzhou:1234567890123456:${AliasName}`,
    })
    await expect(call('CreateAlias', { KeyId: key, AliasName })).rejects.toMatchObject({ code: 'AliasAlreadyExists' })
    await call('DeleteAlias', { AliasName })
    await expect(call('DeleteAlias', { AliasName })).rejects.toMatchObject({ code: 'Forbidden.AliasNotFound' })
    await expect(call('DescribeKey', { KeyId: AliasName })).rejects.toMatchObject({ code: 'Forbidden.AliasNotFound' })
  })

  test.each(['x', 'alias/', 'alias/acs/kms', 'alias/ä', `alias/${'a'.repeat(256)}`])(
    '%s is no name',
    async (AliasName) => {
      await expect(call('CreateAlias', { KeyId: key, AliasName })).rejects.toMatchObject({ code: 'InvalidParameter' })
    },
  )
})

test('an alias that is taken keeps cloud.createKey from making a key', async () => {
  const region = 'ap-alias-1'
  await cloud.createKey({ region, alias: 'alias/taken' })
  await expect(cloud.createKey({ region, alias: 'alias/taken' })).rejects.toMatchObject({ code: 'AliasAlreadyExists' })
  expect((await call('ListKeys', { RegionId: region })).TotalCount).toBe(1)
})

test('what is not emulated is refused, not done', async () => {
  await expect(call('DisableKey', { KeyId: key, DryRun: 'true' })).rejects.toMatchObject({
    code: 'UnsupportedOperation',
  })
  await expect(call('ListKeys', { RegionId: 'a/b' })).rejects.toMatchObject({ code: 'InvalidParameter' })
  expect((await call('DescribeKey', { KeyId: key })).KeyMetadata.KeyState).toBe('Enabled')
})

describe('lists', () => {
  test('ListKeys gives every key once, in pages', async () => {
    const region = 'ap-list-1'
    const all: string[] = []
    for (let n = 0; n < 5; n += 1) all.push(await cloud.createKey({ region }))
    const seen: string[] = []
    for (const [PageNumber, length] of [
      [1, 2],
      [2, 2],
      [3, 1],
      [4, 0],
    ]) {
      const page = await call('ListKeys', { RegionId: region, PageNumber, PageSize: 2 })
      expect(page).toMatchObject({ TotalCount: 5, PageNumber, PageSize: 2 })
      expect(page.Keys.Key).toHaveLength(length ?? 0)
      seen.push(...page.Keys.Key.map(({ KeyArn }) => KeyArn))
    }
    expect(seen.sort()).toEqual(all.sort())
  })

  test.each([{ PageNumber: 0 }, { PageSize: 0 }, { PageSize: 101 }, { PageSize: 'x' }, { PageSize: '1e1' }])(
    'ListKeys refuses %j',
    async (parameters) => {
      await expect(call('ListKeys', parameters)).rejects.toMatchObject({ code: 'InvalidParameter' })
    },
  )
})

describe('rotation', () => {
  test('encrypts with the new version and decrypts with the old', async () => {
    const before = await call('GenerateDataKey', { KeyId: key })
    const { KeyVersion } = await call('CreateKeyVersion', { KeyId: key })
    const after = await call('GenerateDataKey', { KeyId: key })
    expect(after.KeyVersionId).toBe(KeyVersion.KeyVersionId)
    expect(after.KeyVersionId).not.toBe(before.KeyVersionId)
    for (const made of [before, after]) {
      const again = await call('Decrypt', { CiphertextBlob: made.CiphertextBlob })
      expect(again).toMatchObject({ Plaintext: made.Plaintext, KeyId: keyId, KeyVersionId: made.KeyVersionId })
    }
    const { KeyMetadata } = await call('DescribeKey', { KeyId: key })
    expect(KeyMetadata.PrimaryKeyVersion).toBe(after.KeyVersionId)
    const { KeyVersions, TotalCount } = await call('ListKeyVersions', { KeyId: key })
    expect(TotalCount).toBe(2)
    const ids = KeyVersions.KeyVersion.map(({ KeyVersionId }) => KeyVersionId)
    expect(ids).toEqual([before.KeyVersionId, after.KeyVersionId])
  })

  test('loses no version when several come at once', async () => {
    await Promise.all(Array.from({ length: 8 }, () => call('CreateKeyVersion', { KeyId: key })))
    expect((await call('ListKeyVersions', { KeyId: key })).TotalCount).toBe(9)
  })
})

describe('states', () => {
  const uses = async (): Promise<[string, object][]> => {
    const { CiphertextBlob } = await call('GenerateDataKey', { KeyId: key })
    return [
      ['GenerateDataKey', { KeyId: key }],
      ['GenerateDataKeyWithoutPlaintext', { KeyId: key }],
      ['Encrypt', { KeyId: key, Plaintext: 'YQ==' }],
      ['Decrypt', { CiphertextBlob }],
      ['ReEncrypt', { CiphertextBlob, DestinationKeyId: key }],
      ['CreateKeyVersion', { KeyId: key }],
    ]
  }

  test('a disabled key is refused until it is enabled', async () => {
    const calls = await uses()
    await call('DisableKey', { KeyId: key })
    for (const [action, parameters] of calls) {
      await expect(call(action, parameters)).rejects.toMatchObject({
        code: 'Rejected.Disabled',
        data: { statusCode: 409 },
      })
    }
    expect((await call('DescribeKey', { KeyId: key })).KeyMetadata.KeyState).toBe('Disabled')
    await call('EnableKey', { KeyId: key })
    for (const [action, parameters] of calls) await call(action, parameters)
  })

  test('a key that waits for its deletion is refused until that is cancelled', async () => {
    const calls = await uses()
    await call('ScheduleKeyDeletion', { KeyId: key, PendingWindowInDays: 7 })
    for (const [action, parameters] of calls) {
      await expect(call(action, parameters)).rejects.toMatchObject({
        code: 'Rejected.PendingDeletion',
        data: { statusCode: 409 },
      })
    }
    const again = { KeyId: key, PendingWindowInDays: 7 }
    for (const [action, parameters] of [
      ['EnableKey', { KeyId: key }],
      ['DisableKey', { KeyId: key }],
      ['ScheduleKeyDeletion', again],
      ['CreateAlias', { KeyId: key, AliasName: 'alias/late' }],
    ] as const) {
      await expect(call(action, parameters)).rejects.toMatchObject({ code: 'Rejected.StateModifiedFailed' })
    }
    const { KeyMetadata } = await call('DescribeKey', { KeyId: key })
    expect(Date.parse(KeyMetadata.DeleteDate ?? '')).toBe(Math.floor((now + 7 * dayMs) / 1000) * 1000)
    await call('CancelKeyDeletion', { KeyId: key })
    for (const [action, parameters] of calls) await call(action, parameters)
    await expect(call('CancelKeyDeletion', { KeyId: key })).rejects.toMatchObject({
      code: 'Rejected.StateModifiedFailed',
    })
  })

  test('it is gone when its time has come, and its aliases and blobs with it', async () => {
    const AliasName = `alias/gone-${keyId}`
    await call('CreateAlias', { KeyId: key, AliasName })
    const { CiphertextBlob } = await call('GenerateDataKey', { KeyId: key })
    await call('ScheduleKeyDeletion', { KeyId: key, PendingWindowInDays: 7 })
    const check = async (code: string): Promise<void> => {
      await expect(cloud.kms.call('Decrypt', { CiphertextBlob })).rejects.toMatchObject({ code })
    }
    now += 7 * dayMs - 1
    await check('Rejected.PendingDeletion')
    now += 1
    await check('Forbidden.KeyNotFound')
    await expect(cloud.kms.call('DescribeKey', { KeyId: AliasName })).rejects.toMatchObject({
      code: 'Forbidden.AliasNotFound',
    })
  })

  test.each([6, 367, 'x'])('a window of %s days is refused', async (PendingWindowInDays) => {
    await expect(call('ScheduleKeyDeletion', { KeyId: key, PendingWindowInDays })).rejects.toMatchObject({
      code: 'InvalidParameter',
    })
  })
})

describe('permissions', () => {
  test('a denied key is refused to everyone until it is permitted', async () => {
    const made = await call('GenerateDataKey', { KeyId: key })
    cloud.denyKey(key)
    for (const [action, parameters] of [
      ['GenerateDataKey', { KeyId: key }],
      ['Decrypt', { CiphertextBlob: made.CiphertextBlob }],
      ['DescribeKey', { KeyId: key }],
    ] as const) {
      await expect(call(action, parameters)).rejects.toMatchObject({
        code: 'Forbidden.NoPermission',
        data: { statusCode: 403 },
      })
    }
    cloud.permitKey(key)
    await call('Decrypt', { CiphertextBlob: made.CiphertextBlob })
  })

  test('an access key can be held to some operations', async () => {
    await using other = await startLocalCloud({
      accessKeys: [{ accessKeyId: 'reader', accessKeySecret: 's', kmsOperations: ['ListKeys'] }],
    })
    await callKms(targetOf(other), 'ListKeys')
    await expect(callKms(targetOf(other), 'CreateKey')).rejects.toMatchObject({ code: 'Forbidden.NoPermission' })
  })
})

describe('Encrypt and Decrypt', () => {
  test.each([
    [Buffer.alloc(6144, 1).toString('base64'), true],
    [Buffer.alloc(6145, 1).toString('base64'), false],
    ['8', true],
    ['x'.repeat(6144), true],
    ['x'.repeat(6145), false],
  ])('carry at most 6 KB (case %#)', async (Plaintext, fits) => {
    const encrypted = call('Encrypt', { KeyId: key, Plaintext })
    if (!fits) await expect(encrypted).rejects.toMatchObject({ code: 'InvalidParameter' })
    else expect((await call('Decrypt', { CiphertextBlob: (await encrypted).CiphertextBlob })).Plaintext).toBe(Plaintext)
  })

  test('the longest context fits into a request, even where every character grows', async () => {
    const EncryptionContext = JSON.stringify({ a: '密'.repeat(8192 - 8) })
    const made = await call('GenerateDataKey', { KeyId: key, EncryptionContext })
    const again = await call('Decrypt', { CiphertextBlob: made.CiphertextBlob, EncryptionContext })
    expect(again.Plaintext).toBe(made.Plaintext)
  })

  test('an empty context is none', async () => {
    const made = await call('GenerateDataKey', { KeyId: key, EncryptionContext: '{}' })
    expect((await call('Decrypt', { CiphertextBlob: made.CiphertextBlob })).Plaintext).toBe(made.Plaintext)
  })

  test('every flipped byte of a blob is found', async () => {
    const { CiphertextBlob } = await call('Encrypt', { KeyId: key, Plaintext: 'YWJj' })
    const blob = Buffer.from(CiphertextBlob, 'base64')
    for (let index = 0; index < blob.length; index += 1) {
      const flipped = Buffer.from(blob)
      flipped[index] = (flipped[index] ?? 0) ^ 1
      const wrong = cloud.kms.call('Decrypt', { CiphertextBlob: flipped.toString('base64') })
      await expect(wrong).rejects.toMatchObject({
        code: expect.stringMatching(/^(InvalidParameter|Forbidden\.KeyNotFound)$/) as string,
      })
    }
  })

  test.each([
    ['', 'MissingParameter'],
    ['YQ==', 'InvalidParameter'],
    ['!', 'InvalidParameter'],
    [Buffer.alloc(100).toString('base64'), 'InvalidParameter'],
    [Buffer.from(`00000000-0000-4000-8000-000000000000${'x'.repeat(40)}`).toString('base64'), 'Forbidden.KeyNotFound'],
  ])('Decrypt refuses the blob %j', async (CiphertextBlob, code) => {
    await expect(call('Decrypt', { CiphertextBlob })).rejects.toMatchObject({ code })
  })

  test('a blob in another spelling of base64 is refused', async () => {
    const { CiphertextBlob } = await call('Encrypt', { KeyId: key, Plaintext: 'YWJj' })
    const other = { CiphertextBlob: `${CiphertextBlob}\n` }
    await expect(call('Decrypt', other)).rejects.toMatchObject({ code: 'InvalidParameter' })
  })
})
