import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { startLocalCloud } from '../../src/index.js'
import { type KmsAnswer, callKms } from './call-kms.js'
import { targetOf } from './target.js'

const dayMs = 24 * 60 * 60_000
let now = Date.now()
const cloud = await startLocalCloud({ now: () => now })
afterAll(() => cloud.close())
const call = (action: string, parameters: object = {}): Promise<KmsAnswer> =>
  callKms(targetOf(cloud), action, parameters)

let count = 0
const newName = (): string => `osscrypt/secret_${String((count += 1))}+=.@-`

async function makeSecret(parameters: object = {}): Promise<string> {
  const SecretName = newName()
  await call('CreateSecret', { SecretName, VersionId: 'v1', SecretData: 'one', ...parameters })
  return SecretName
}

describe('a secret', () => {
  test('gives back what was put into it', async () => {
    const SecretName = newName()
    const SecretData = `{"ü":"${'x'.repeat(1000)}"}\n`
    const made = await call('CreateSecret', { SecretName, VersionId: 'v1', SecretData, Description: 'about it' })
    const Arn = `acs:kms:cn-hangzhou:1234567890123456:secret/${SecretName}`
    expect(made).toMatchObject({ Arn, SecretName, VersionId: 'v1', SecretType: 'Generic' })
    for (const name of [SecretName, Arn]) {
      expect(await call('GetSecretValue', { SecretName: name })).toMatchObject({
        SecretName,
        SecretData,
        SecretDataType: 'text',
        VersionId: 'v1',
        VersionStages: { VersionStage: ['ACSCurrent'] },
      })
    }
    expect(await call('DescribeSecret', { SecretName })).toMatchObject({ Arn, SecretName, Description: 'about it' })
  })

  test('may be binary', async () => {
    const SecretData = Buffer.from([0, 255, 1]).toString('base64')
    const SecretName = await makeSecret({ SecretData, SecretDataType: 'binary' })
    expect(await call('GetSecretValue', { SecretName })).toMatchObject({ SecretData, SecretDataType: 'binary' })
  })

  test('has at most 30720 bytes', async () => {
    const SecretName = await makeSecret({ SecretData: 'ü'.repeat(15_360) })
    expect((await call('GetSecretValue', { SecretName })).SecretData).toHaveLength(15_360)
    await expect(makeSecret({ SecretData: `a${'ü'.repeat(15_360)}` })).rejects.toMatchObject({
      code: 'InvalidParameter',
    })
  })

  test('is made once: who comes second is told so', async () => {
    const SecretName = newName()
    const makers = Array.from({ length: 6 }, (_, n) =>
      call('CreateSecret', { SecretName, VersionId: 'v1', SecretData: String(n) }).then(
        () => n,
        (error: unknown) => error,
      ),
    )
    const outcomes = await Promise.all(makers)
    const winners = outcomes.filter((outcome) => typeof outcome === 'number')
    expect(winners).toHaveLength(1)
    for (const outcome of outcomes.filter((other) => typeof other !== 'number')) {
      expect(outcome).toMatchObject({ code: 'Rejected.ResourceExist', data: { statusCode: 409 } })
    }
    expect((await call('GetSecretValue', { SecretName })).SecretData).toBe(String(winners[0]))
  })

  test.each(['GetSecretValue', 'DescribeSecret', 'DeleteSecret', 'RestoreSecret', 'ListSecretVersionIds'])(
    'that is not there: %s says so',
    async (action) => {
      for (const SecretName of ['none', 'acs:kms:cn-hangzhou:1:secret/none']) {
        await expect(call(action, { SecretName })).rejects.toMatchObject({
          code: 'Forbidden.ResourceNotFound',
          data: { statusCode: 404 },
        })
      }
    },
  )

  test.each([
    { SecretName: 'a b' },
    { SecretName: 'x'.repeat(65) },
    { SecretName: 'acs:kms:cn-hangzhou:1234567890123456:secret/a' },
    { SecretDataType: 'json' },
    { VersionId: 'v'.repeat(65) },
  ])('cannot be made with %j', async (parameters) => {
    await expect(makeSecret(parameters)).rejects.toMatchObject({ code: 'InvalidParameter' })
  })

  test('needs a name, a version and a value', async () => {
    for (const parameter of ['SecretName', 'VersionId', 'SecretData']) {
      await expect(makeSecret({ [parameter]: '' })).rejects.toMatchObject({ code: 'MissingParameter' })
    }
  })

  test('lives in the region of its request', async () => {
    const SecretName = newName()
    await call('CreateSecret', { RegionId: 'eu-central-1', SecretName, VersionId: 'v1', SecretData: 'there' })
    await expect(call('GetSecretValue', { SecretName })).rejects.toMatchObject({ code: 'Forbidden.ResourceNotFound' })
    const ofArn = `acs:kms:eu-central-1:1234567890123456:secret/${SecretName}`
    expect((await call('GetSecretValue', { SecretName: ofArn })).SecretData).toBe('there')
  })
})

describe('versions', () => {
  test('the new one is current, the one before is previous', async () => {
    const SecretName = await makeSecret()
    for (const [VersionId, SecretData] of [
      ['v2', 'two'],
      ['v3', 'three'],
    ]) {
      await call('PutSecretValue', { SecretName, VersionId, SecretData })
    }
    const get = async (parameters: object): Promise<string> =>
      (await call('GetSecretValue', { SecretName, ...parameters })).SecretData
    expect(await get({})).toBe('three')
    expect(await get({ VersionStage: 'ACSCurrent' })).toBe('three')
    expect(await get({ VersionStage: 'ACSPrevious' })).toBe('two')
    expect(await get({ VersionId: 'v1' })).toBe('one')
    expect(await get({ VersionId: 'v2', VersionStage: 'ACSPrevious' })).toBe('two')
    for (const wrong of [{ VersionId: 'v4' }, { VersionStage: 'x' }, { VersionId: 'v1', VersionStage: 'ACSCurrent' }]) {
      await expect(get(wrong)).rejects.toMatchObject({ code: 'Forbidden.ResourceNotFound' })
    }
    const staged = await call('ListSecretVersionIds', { SecretName })
    expect(staged).toMatchObject({
      TotalCount: 2,
      VersionIds: {
        VersionId: [
          { VersionId: 'v2', VersionStages: { VersionStage: ['ACSPrevious'] } },
          { VersionId: 'v3', VersionStages: { VersionStage: ['ACSCurrent'] } },
        ],
      },
    })
    expect((await call('ListSecretVersionIds', { SecretName, IncludeDeprecated: 'true' })).TotalCount).toBe(3)
  })

  test('stages of one’s own move with the versions that name them', async () => {
    const SecretName = await makeSecret()
    const put = (VersionId: string, stages: string[]): Promise<KmsAnswer> =>
      call('PutSecretValue', { SecretName, VersionId, SecretData: VersionId, VersionStages: JSON.stringify(stages) })
    await put('v2', ['mine'])
    expect((await call('GetSecretValue', { SecretName })).VersionId).toBe('v1')
    await put('v3', ['mine', 'ACSCurrent'])
    expect((await call('GetSecretValue', { SecretName, VersionStage: 'mine' })).VersionId).toBe('v3')
    expect((await call('GetSecretValue', { SecretName, VersionStage: 'ACSPrevious' })).VersionId).toBe('v1')
    for (const stages of ['[]', '{}', '[1]', '["a","a"]', 'a']) {
      const wrong = { SecretName, VersionId: 'v9', SecretData: 'x', VersionStages: stages }
      await expect(call('PutSecretValue', wrong)).rejects.toMatchObject({ code: 'InvalidParameter' })
    }
  })

  test('an id is used once', async () => {
    const SecretName = await makeSecret()
    const again = { SecretName, VersionId: 'v1', SecretData: 'other' }
    await expect(call('PutSecretValue', again)).rejects.toMatchObject({ code: 'Rejected.ResourceExist' })
  })

  test('old ones without a stage go when there are more than ten', async () => {
    const SecretName = await makeSecret()
    for (let n = 2; n <= 14; n += 1)
      await call('PutSecretValue', { SecretName, VersionId: `v${String(n)}`, SecretData: 'x' })
    expect((await call('ListSecretVersionIds', { SecretName, IncludeDeprecated: 'true' })).TotalCount).toBe(10)
    await expect(call('GetSecretValue', { SecretName, VersionId: 'v4' })).rejects.toThrow()
    await call('GetSecretValue', { SecretName, VersionId: 'v5' })
  })
})

describe('deletion', () => {
  test('waits, can be taken back, and comes', async () => {
    const SecretName = await makeSecret()
    await call('DeleteSecret', { SecretName, RecoveryWindowInDays: 7 })
    for (const [action, parameters] of [
      ['GetSecretValue', { SecretName }],
      ['PutSecretValue', { SecretName, VersionId: 'v2', SecretData: 'x' }],
      ['CreateSecret', { SecretName, VersionId: 'v1', SecretData: 'x' }],
      ['DeleteSecret', { SecretName }],
    ] as const) {
      await expect(call(action, parameters)).rejects.toMatchObject({ code: 'Rejected.ResourceInDeleteWindow' })
    }
    await call('RestoreSecret', { SecretName })
    expect((await call('GetSecretValue', { SecretName })).SecretData).toBe('one')
    await call('DeleteSecret', { SecretName, RecoveryWindowInDays: 7 })
    now += 7 * dayMs
    const get = cloud.kms.call('GetSecretValue', { SecretName })
    await expect(get).rejects.toMatchObject({ code: 'Forbidden.ResourceNotFound' })
    now = Date.now()
  })

  test('may be at once, and the name is free again', async () => {
    const SecretName = await makeSecret()
    const both = { SecretName, ForceDeleteWithoutRecovery: 'true', RecoveryWindowInDays: 7 }
    await expect(call('DeleteSecret', both)).rejects.toMatchObject({ code: 'InvalidParameter' })
    await call('DeleteSecret', { SecretName, ForceDeleteWithoutRecovery: 'true' })
    await call('CreateSecret', { SecretName, VersionId: 'v1', SecretData: 'new' })
    expect((await call('GetSecretValue', { SecretName })).SecretData).toBe('new')
  })
})

describe('protection', () => {
  test('values are encrypted where they are kept', async () => {
    const SecretData = 'a value that is easy to find'
    const SecretName = await makeSecret({ SecretData })
    const folder = join(cloud.folder, 'kms', 'secrets')
    const kept = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
    expect(kept.some((content) => content.includes(SecretName))).toBe(true)
    expect(kept.some((content) => content.includes(SecretData))).toBe(false)
  })

  test('a value is only as reachable as its key', async () => {
    const EncryptionKeyId = await cloud.createKey()
    const SecretName = await makeSecret({ EncryptionKeyId })
    await call('DisableKey', { KeyId: EncryptionKeyId })
    await expect(call('GetSecretValue', { SecretName })).rejects.toMatchObject({ code: 'Rejected.Disabled' })
    await call('EnableKey', { KeyId: EncryptionKeyId })
    await call('CreateKeyVersion', { KeyId: EncryptionKeyId })
    await call('PutSecretValue', { SecretName, VersionId: 'v2', SecretData: 'two' })
    expect((await call('GetSecretValue', { SecretName })).SecretData).toBe('two')
    expect((await call('GetSecretValue', { SecretName, VersionId: 'v1' })).SecretData).toBe('one')
    cloud.denyKey(EncryptionKeyId)
    await expect(call('GetSecretValue', { SecretName })).rejects.toMatchObject({ code: 'Forbidden.NoPermission' })
  })

  test('secrets are there after a restart, and are listed', async () => {
    const folder = join(cloud.folder, 'other')
    const first = await startLocalCloud({ folder })
    const made = { SecretName: 'kept', VersionId: 'v1', SecretData: 'value' }
    await first.kms.call('CreateSecret', made)
    await first.close()
    await using second = await startLocalCloud({ folder })
    expect(await second.kms.call('GetSecretValue', { SecretName: 'kept' })).toMatchObject({ SecretData: 'value' })
    expect(await second.kms.call('ListSecrets', {})).toMatchObject({
      TotalCount: 1,
      SecretList: { Secret: [{ SecretName: 'kept' }] },
    })
  })
})
