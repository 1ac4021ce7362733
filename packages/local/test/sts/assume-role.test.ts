import OSS from 'ali-oss'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type AccessKey, startLocalCloud } from '../../src/index.js'
import { type CallOptions, type KmsAnswer, callKms } from '../kms/call-kms.js'
import { targetOf } from '../kms/target.js'

const hourMs = 60 * 60_000
const cloud = await startLocalCloud({ buckets: ['my-bucket'], now: () => Date.now() })
afterAll(() => cloud.close())

// Clients look at the clock as well as services do, so that it has to go on for both.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
  cloud.faults.clear()
})
const goOnTo = (ms: number): void => {
  vi.setSystemTime(ms)
}

const role = `acs:ram::${cloud.accountId}:role/oss-writer`
const usual = { RoleArn: role, RoleSessionName: 'alice' }

const assume = (
  parameters: object = usual,
  options: CallOptions = {},
  credentials: AccessKey = cloud.credentials,
): Promise<KmsAnswer> => {
  const endpoint = cloud.sts.endpoint.replace('http://', '')
  return callKms({ endpoint, protocol: 'HTTP', credentials }, 'AssumeRole', parameters, {
    version: '2015-04-01',
    ...options,
  })
}

const keyOf = ({ Credentials }: KmsAnswer): AccessKey => ({
  accessKeyId: Credentials.AccessKeyId,
  accessKeySecret: Credentials.AccessKeySecret,
  securityToken: Credentials.SecurityToken,
})

const listKeys = (credentials: AccessKey, signature: 'v1' | 'v3' = 'v3'): Promise<KmsAnswer> =>
  callKms({ ...targetOf(cloud), credentials }, 'ListKeys', {}, { signature })

describe('AssumeRole', () => {
  test.each<CallOptions>([{}, { asForm: true }, { signature: 'v1' }, { signature: 'v1', method: 'GET' }])(
    'gives out a key that KMS and OSS take (%j)',
    async (options) => {
      const answer = await assume(usual, options)
      expect(answer.AssumedRoleUser).toEqual({
        Arn: `${role}/alice`,
        AssumedRoleId: expect.stringMatching(/^\d{18}:alice$/) as string,
      })
      expect(answer.Credentials.AccessKeyId).toMatch(/^STS\.N/)
      expect(answer.Credentials.Expiration).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      const key = keyOf(answer)
      await listKeys(key, 'v1')
      await listKeys(key, 'v3')
      for (const authorizationV4 of [false, true]) {
        const store = new OSS({ ...cloud.ossOptions('my-bucket', key), authorizationV4 })
        await store.put('a', Buffer.from('b'))
        expect((await store.get('a')).content).toEqual(Buffer.from('b'))
      }
    },
  )

  test('gives a role the same id each time, and every caller a key of its own', async () => {
    const [one, two] = [await assume(), await assume()]
    expect(one.AssumedRoleUser).toEqual(two.AssumedRoleUser)
    expect(one.Credentials.AccessKeyId).not.toBe(two.Credentials.AccessKeyId)
    const mixed = { ...keyOf(one), securityToken: two.Credentials.SecurityToken }
    await expect(listKeys(mixed)).rejects.toMatchObject({ code: 'InvalidSecurityToken.MismatchWithAccessKey' })
  })

  test.each([
    [undefined, 3600],
    [900, 900],
    [43_200, 43_200],
  ])('gives a key for %s seconds, to the second', async (DurationSeconds, seconds) => {
    const now = Date.now()
    const answer = await assume({ ...usual, ...(DurationSeconds === undefined ? {} : { DurationSeconds }) })
    const end = Date.parse(answer.Credentials.Expiration)
    expect(end - now).toBeGreaterThanOrEqual(seconds * 1000)
    expect(end - now).toBeLessThan((seconds + 2) * 1000)
    goOnTo(end - 1)
    await listKeys(keyOf(answer))
    goOnTo(end)
    await expect(listKeys(keyOf(answer))).rejects.toMatchObject({ code: 'InvalidSecurityToken.Expired' })
    const store = new OSS(cloud.ossOptions('my-bucket', keyOf(answer)))
    await expect(store.list({ 'max-keys': 1 }, {})).rejects.toMatchObject({ code: 'SecurityTokenExpired' })
  })

  test.each([
    [{ RoleSessionName: 'alice' }, 'MissingRoleArn', 400],
    [{ RoleArn: role }, 'MissingRoleSessionName', 400],
    [{ ...usual, RoleArn: 'd' }, 'InvalidParameter.RoleArn', 400],
    [{ ...usual, RoleArn: `acs:ram::${cloud.accountId}:user/alice` }, 'InvalidParameter.RoleArn', 400],
    [{ ...usual, RoleArn: 'acs:ram::6543210987654321:role/oss-writer' }, 'EntityNotExist.Role', 404],
    [{ ...usual, RoleSessionName: 'a' }, 'InvalidParameter.RoleSessionName', 400],
    [{ ...usual, RoleSessionName: 'a b' }, 'InvalidParameter.RoleSessionName', 400],
    [{ ...usual, RoleSessionName: 'a'.repeat(65) }, 'InvalidParameter.RoleSessionName', 400],
    [{ ...usual, DurationSeconds: 899 }, 'InvalidParameter.DurationSeconds', 400],
    [{ ...usual, DurationSeconds: 43_201 }, 'InvalidParameter.DurationSeconds', 400],
    [{ ...usual, DurationSeconds: 'x' }, 'InvalidParameter.DurationSeconds', 400],
    [{ ...usual, Policy: '{' }, 'InvalidParameter.PolicyGrammar', 400],
    [{ ...usual, Policy: 'null' }, 'InvalidParameter.PolicyGrammar', 400],
    [{ ...usual, Policy: '{"Version":"1"}' }, 'InvalidParameter.PolicyGrammar', 400],
    [{ ...usual, Policy: JSON.stringify({ a: 'x'.repeat(2048) }) }, 'InvalidParameter.PolicySize', 400],
  ])('refuses %j', async (parameters, code, statusCode) => {
    await expect(assume(parameters)).rejects.toMatchObject({ code, data: { statusCode } })
  })

  test('takes a policy, as most that call it send one', async () => {
    const Policy = JSON.stringify({ Version: '1', Statement: [{ Effect: 'Allow', Action: 'oss:*', Resource: '*' }] })
    await listKeys(keyOf(await assume({ ...usual, Policy })))
  })

  test('is called by whoever has a key, a temporary one too, and by nobody else', async () => {
    const key = keyOf(await assume())
    await listKeys(keyOf(await assume(usual, {}, key)))
    const wrong = { ...cloud.credentials, accessKeySecret: 'wrong' }
    await expect(assume(usual, {}, wrong)).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' })
    goOnTo(Date.now() + hourMs + 1000)
    await expect(assume(usual, {}, key)).rejects.toMatchObject({ code: 'InvalidSecurityToken.Expired' })
  })

  test('is all that STS has', async () => {
    const endpoint = cloud.sts.endpoint.replace('http://', '')
    const target = { endpoint, protocol: 'HTTP', credentials: cloud.credentials } as const
    const call = callKms(target, 'GetCallerIdentity', {}, { version: '2015-04-01' })
    await expect(call).rejects.toThrow('no GetCallerIdentity of Sts')
    await expect(assume(usual, { version: '2016-01-20' })).rejects.toMatchObject({ code: 'InvalidVersion' })
  })

  test('gives no more rights than its caller has', async () => {
    const accessKey = { accessKeyId: 'reader', accessKeySecret: 's', kmsOperations: ['ListKeys'] }
    await using other = await startLocalCloud({ accessKeys: [accessKey] })
    const credentials = other.makeTemporaryKey(hourMs)
    await callKms({ ...targetOf(other), credentials }, 'ListKeys')
    await expect(callKms({ ...targetOf(other), credentials }, 'CreateKey')).rejects.toMatchObject({
      code: 'Forbidden.NoPermission',
    })
  })

  test('can be throttled and fail, as faults', async () => {
    for (const [effect, code] of [
      [{ kind: 'throttle' }, 'Throttling.User'],
      [{ kind: 'error', status: 403 }, 'NoPermission'],
      [{ kind: 'error', status: 500 }, 'InternalError'],
    ] as const) {
      cloud.faults.add({ service: 'sts', operation: 'AssumeRole', effect })
      await expect(assume()).rejects.toMatchObject({ code })
    }
    expect(cloud.requests.at(-1)).toMatchObject({ service: 'sts', operation: 'AssumeRole' })
  })
})

describe("ali-oss's own clients", () => {
  test('its STS client assumes a role, and its OSS client gets new keys when the old are about to end', async () => {
    const { accessKeyId, accessKeySecret } = cloud.credentials
    // Its types leave `endpoint` out.
    const options = { accessKeyId, accessKeySecret, endpoint: cloud.sts.endpoint }
    const sts = new OSS.STS(options)
    const policy = { Version: '1', Statement: [{ Effect: 'Allow', Action: ['oss:*'], Resource: ['*'] }] }
    let fetched = 0
    const refreshSTSToken = async (): Promise<{ accessKeyId: string; accessKeySecret: string; stsToken: string }> => {
      fetched += 1
      const { credentials } = await sts.assumeRole(role, policy, 900, 'ali-oss')
      return {
        accessKeyId: credentials.AccessKeyId,
        accessKeySecret: credentials.AccessKeySecret,
        stsToken: credentials.SecurityToken,
      }
    }
    const first = await refreshSTSToken()
    const keyOptions = { ...cloud.ossOptions('my-bucket'), ...first }
    const refreshing = new OSS({ ...keyOptions, refreshSTSToken, refreshSTSTokenInterval: 600_000 })
    await refreshing.put('refreshed', Buffer.from('1'))
    expect(fetched).toBe(1)
    goOnTo(Date.now() + 902_000)
    await expect(new OSS(keyOptions).get('refreshed')).rejects.toMatchObject({ code: 'SecurityTokenExpired' })
    expect((await refreshing.get('refreshed')).content).toEqual(Buffer.from('1'))
    expect(fetched).toBe(2)
  })

  test('its STS client tells what was refused', async () => {
    const { accessKeyId, accessKeySecret } = cloud.credentials
    const options = { accessKeyId, accessKeySecret, endpoint: cloud.sts.endpoint }
    const sts = new OSS.STS(options)
    await expect(sts.assumeRole('d')).rejects.toMatchObject({ status: 400, code: 'InvalidParameter.RoleArn' })
  })
})
