import type OSS from 'ali-oss'
import { OssEncryptionClient } from 'osscrypt/oss'
import { startLocalCloud, type LocalCloud } from 'osscrypt-local'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { BUCKET, fastRetry, useCloud } from '../support/cloud-fixture.js'
import { useLyingOss, type SeenRequest } from '../support/lying-oss.js'
import { rejection } from '../support/rejection.js'

const MIB = 1024 * 1024
const main = { accessKeyId: 'main', accessKeySecret: 'secret' }
const fresh = { accessKeyId: 'sts-2', accessKeySecret: 'secret-2', securityToken: 'token-2' }
const stale = { accessKeyId: 'sts-1', accessKeySecret: 'secret-1', stsToken: 'token-1' }
const data = patternBytes(6 * MIB)
const kms = useCloud()
let cloud: LocalCloud
let skewMs = 0
beforeAll(async () => {
  const now = () => Date.now() + skewMs
  cloud = await startLocalCloud({ buckets: [BUCKET], accessKeys: [main, fresh], now })
})
beforeEach(() => {
  skewMs = 0
})
afterAll(() => cloud.close())
// What the lying store needs of a fixture is the cloud.
const lying = useLyingOss({
  get cloud() {
    return cloud
  },
} as ReturnType<typeof useCloud>)

const client = (store: OSS, retry = { ...fastRetry, maxAttempts: 1 }) =>
  new OssEncryptionClient({
    store,
    dataKeys: kms.dataKeys(),
    retry,
    multipartThreshold: MIB,
    idleTimeoutMs: 2000,
  })

/** Refuses the token that has expired, as OSS does. */
const refuseStale = (request: SeenRequest) =>
  request.headers['x-oss-security-token'] === stale.stsToken
    ? { status: 403, ...errorAnswer('SecurityTokenExpired', request.method) }
    : undefined

function errorAnswer(code: string, method: string) {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>m</Message><RequestId>R1</RequestId></Error>`
  return method === 'HEAD' ? { headers: { 'x-oss-err': Buffer.from(body).toString('base64') } } : { body }
}

/** A client of ali-oss whose token has expired. */
function expired(refreshSTSToken?: () => Promise<unknown>) {
  return lying.start(refuseStale, { ...stale, refreshSTSToken, refreshSTSTokenInterval: 3_600_000 })
}

describe('a security token that has expired', () => {
  test('is replaced once for all requests that it fails in, and nothing is aborted', async () => {
    let refreshes = 0
    const refresh = async () => {
      refreshes += 1
      await new Promise((resolve) => setTimeout(resolve, 30))
      return {
        AccessKeyId: fresh.accessKeyId,
        AccessKeySecret: fresh.accessKeySecret,
        SecurityToken: fresh.securityToken,
      }
    }
    // The upload begins with a token that is good, which expires while parts are on their way.
    const key = { ...fresh, stsToken: fresh.securityToken }
    const settings = { ...key, refreshSTSToken: refresh, refreshSTSTokenInterval: 3_600_000 }
    const { oss, requests } = await lying.start((request) => {
      const isFirst = requests.filter(({ operation }) => operation === 'UploadPart').length === 1
      if (isFirst && refreshes === 0) Object.assign((oss as unknown as { options: object }).options, stale)
      return refuseStale(request)
    }, settings)
    await client(oss).put('object', data, { format: 'floe', partLength: MIB, parallel: 4 })
    expect(refreshes).toBe(1)
    const operations = requests.map(({ operation }) => operation)
    expect(operations).not.toContain('AbortMultipartUpload')
    expect(operations.filter((operation) => operation === 'InitiateMultipartUpload')).toHaveLength(1)
    expect((await client(oss).get('object')).content.equals(data)).toBe(true)
  })

  test('is replaced for every kind of request', async () => {
    const refresh = () => Promise.resolve({ ...fresh, stsToken: fresh.securityToken })
    const small = data.subarray(0, 1000)
    for (const run of [
      (each: OssEncryptionClient) => each.put('small', small),
      (each: OssEncryptionClient) => each.get('small'),
      (each: OssEncryptionClient) => each.head('small'),
      (each: OssEncryptionClient) => each.copy('copy', 'small', { keepBinding: true }),
      (each: OssEncryptionClient) => each.rewrap('small', { to: kms.cmkArn }),
      (each: OssEncryptionClient) => each.listUploads(),
      (each: OssEncryptionClient) => each.delete('copy'),
    ] as readonly ((each: OssEncryptionClient) => Promise<unknown>)[]) {
      const { oss } = await expired(refresh)
      await run(client(oss))
    }
  })

  test('says so where the store cannot fetch another one', async () => {
    const { oss } = await expired()
    for (const run of [() => client(oss).head('small'), () => client(oss).get('small')] as (() => Promise<unknown>)[])
      expect(await rejection(run())).toMatchObject({
        code: 'CredentialsExpired',
        retryable: false,
        serviceCode: 'SecurityTokenExpired',
        status: 403,
      })
  })

  test('is tried once more, and not for ever', async () => {
    const { oss, requests } = await expired(() => Promise.resolve({ ...stale }))
    expect(await rejection(client(oss).head('small'))).toMatchObject({ code: 'CredentialsExpired' })
    expect(requests).toHaveLength(2)
  })

  test.each([
    ['throws', () => Promise.reject(new Error('the secret is hunter2'))],
    ['gives nothing', () => Promise.resolve(undefined)],
    ['gives half of a key', () => Promise.resolve({ accessKeyId: 'a', stsToken: 'b' })],
  ])('cannot be replaced when fetching %s', async (_title, refresh) => {
    const { oss } = await expired(refresh)
    const error = await rejection(client(oss).head('small'))
    expect(error).toMatchObject({ name: 'ServiceError', code: 'CredentialsUnavailable', service: 'oss' })
    expect(JSON.stringify([error.message, error.cause])).not.toContain('hunter2')
  })

  test('that is due for replacement is waited for by all', async () => {
    let refreshes = 0
    const { oss, requests } = await lying.start(refuseStale, {
      ...stale,
      refreshSTSToken: async () => {
        refreshes += 1
        await new Promise((resolve) => setTimeout(resolve, 50))
        return { ...fresh, stsToken: fresh.securityToken }
      },
      refreshSTSTokenInterval: 20,
    })
    await new Promise((resolve) => setTimeout(resolve, 30))
    const each = client(oss)
    await Promise.all([each.head('small'), each.head('small'), each.get('small')])
    expect(requests.map(({ headers }) => headers['x-oss-security-token'])).toEqual(Array(3).fill(fresh.securityToken))
    expect(refreshes).toBe(1)
  })
})

describe('a clock that is off', () => {
  test.each([
    [2 * 3_600_000, true],
    [-2 * 3_600_000, true],
    [2 * 3_600_000, false],
  ])(
    'by %d ms is put right, once, without touching the store (authorizationV4: %s)',
    async (offMs, authorizationV4) => {
      const { oss, requests } = await lying.start(() => undefined, { ...main, authorizationV4 })
      skewMs = offMs
      const each = client(oss)
      await each.put('small', data.subarray(0, 1000))
      expect(requests).toHaveLength(2)
      // It is known from then on.
      await each.put('object', data, { format: 'floe' })
      expect(requests.map(({ operation }) => operation).slice(2, 4)).toEqual(['InitiateMultipartUpload', 'UploadPart'])
      expect((await each.get('small')).content).toHaveLength(1000)
      expect((oss as unknown as { options: object }).options).not.toHaveProperty('amendTimeSkewed')
    },
  )

  test('says so where that does not help', async () => {
    const { oss, requests } = await lying.start(({ method }) => ({
      status: 403,
      ...errorAnswer('RequestTimeTooSkewed', method),
    }))
    const error = await rejection(client(oss).put('small', data.subarray(0, 10)))
    expect(error).toMatchObject({ code: 'ClockSkewed', retryable: false, message: expect.stringContaining('clock') })
    expect(requests).toHaveLength(2)
  })
})

describe('what OSS refuses, and no attempt changes', () => {
  test.each([
    ['InvalidObjectState', 403, 'Archived', 'restore'],
    ['ArchiveRestoreNotFinished', 403, 'Archived', 'restore'],
    ['NotImplemented', 501, 'Rejected', ''],
    ['AccessDenied', 403, 'AccessDenied', ''],
  ])('%s with HTTP %d is %s', async (serviceCode, status, code, advice) => {
    const { oss, requests } = await lying.start(({ method }) => ({ status, ...errorAnswer(serviceCode, method) }), main)
    for (const run of [
      (each: OssEncryptionClient) => each.get('small'),
      (each: OssEncryptionClient) => each.head('small'),
    ]) {
      requests.length = 0
      const error = await rejection(run(client(oss, fastRetry)))
      expect(error).toMatchObject({ code, serviceCode, status, retryable: false })
      expect(error.message).toContain(advice)
      expect(requests).toHaveLength(1)
    }
  })
})
