import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ACCESS_KEY, BUCKET, startLocalOss, STS_KEY, type LocalOss } from './local-oss.js'
import { sendRaw, signV1 } from './raw-request.js'
import { createClient, type Client, type Target } from './target.js'

let local: LocalOss
let target: Target

beforeAll(async () => {
  local = await startLocalOss({ region: 'cn-hangzhou' })
  target = { endpoint: local.endpoint, region: 'cn-hangzhou', bucket: BUCKET, ...ACCESS_KEY }
  await createClient(target).put('a', Buffer.from('bytes'))
})
afterEach(() => {
  local.clock.offsetMs = 0
})
afterAll(() => local.close())

const v1 = (settings = {}): Client => createClient(target, { authorizationV4: false, ...settings })
const v4 = (settings = {}): Client => createClient(target, { authorizationV4: true, ...settings })

describe.each([
  ['1', v1],
  ['4', v4],
])('version %s', (_, create) => {
  test.each([-16, 16])('refuses a request that is %i minutes off', async (minutes) => {
    local.clock.offsetMs = minutes * 60_000
    await expect(create().get('a')).rejects.toMatchObject({ status: 403, code: 'RequestTimeTooSkewed' })
  })

  test.each([-14, 14])('accepts a request that is %i minutes off', async (minutes) => {
    local.clock.offsetMs = minutes * 60_000
    expect(String((await create().get('a')).content)).toBe('bytes')
  })

  test('asks for the token of an STS key, and for the right one', async () => {
    const { accessKeyId, accessKeySecret, securityToken } = STS_KEY
    const sts = { accessKeyId, accessKeySecret, refreshSTSToken: async () => ({}), refreshSTSTokenInterval: 1e9 }
    expect((await create({ ...sts, stsToken: securityToken }).get('a')).res.status).toBe(200)
    await expect(create({ ...sts, stsToken: 'other' }).get('a')).rejects.toMatchObject({ code: 'InvalidSecurityToken' })
    await expect(create(sts).get('a')).rejects.toMatchObject({ code: 'InvalidAccessKeyId' })
    const stray = create({ stsToken: 'x', refreshSTSToken: async () => ({}), refreshSTSTokenInterval: 1e9 })
    await expect(stray.get('a')).rejects.toMatchObject({ code: 'InvalidSecurityToken' })
  })

  test('reads and lists the bucket in the host of an IP endpoint', async () => {
    for (const sldEnable of [true, false]) {
      const client = create({ endpoint: `http://127.0.0.1:${local.port}`, sldEnable })
      await client.put(`${BUCKET}/nested`, Buffer.from('x'))
      expect(String((await client.get(`${BUCKET}/nested`)).content)).toBe('x')
      expect((await client.list({ prefix: `${BUCKET}/` })).objects).toHaveLength(1)
      expect((await client.getBucketInfo(BUCKET)).bucket.Name).toBe(BUCKET)
      await client.delete(`${BUCKET}/nested`)
      expect((await client.listBuckets()).buckets).toHaveLength(1)
    }
  })
})

describe('presigned URLs', () => {
  const sts = {
    accessKeyId: STS_KEY.accessKeyId,
    accessKeySecret: STS_KEY.accessKeySecret,
    stsToken: STS_KEY.securityToken,
    refreshSTSToken: async () => ({}),
    refreshSTSTokenInterval: 1e9,
  }

  test('expire', async () => {
    for (const url of [v1().signatureUrl('a', { expires: 60 }), await v4().signatureUrlV4('GET', 60, {}, 'a')]) {
      local.clock.offsetMs = 50_000
      expect((await fetch(url)).status).toBe(200)
      local.clock.offsetMs = 70_000
      const answer = await fetch(url)
      expect(answer.status).toBe(403)
      expect(await answer.text()).toContain('Request has expired.')
    }
  })

  test('are good for seven days at most, and not before their time', async () => {
    const week = 7 * 24 * 3600
    expect((await fetch(await v4().signatureUrlV4('GET', week, {}, 'a'))).status).toBe(200)
    expect((await fetch(await v4().signatureUrlV4('GET', week + 1, {}, 'a'))).status).toBe(403)
    expect((await fetch(await v4().signatureUrlV4('GET', 0, {}, 'a'))).status).toBe(403)
    local.clock.offsetMs = -16 * 60_000
    expect((await fetch(await v4().signatureUrlV4('GET', 60, {}, 'a'))).status).toBe(403)
  })

  test('carry the token of an STS key', async () => {
    for (const url of [v1(sts).signatureUrl('a', {}), await v4(sts).signatureUrlV4('GET', 60, {}, 'a')]) {
      expect((await fetch(url)).status).toBe(200)
      const without = new URL(url)
      without.searchParams.delete('security-token')
      without.searchParams.delete('x-oss-security-token')
      expect((await fetch(without)).status).toBe(403)
    }
  })

  test('are refused when anything in them changes', async () => {
    for (const url of [v1().signatureUrl('a', {}), await v4().signatureUrlV4('GET', 60, {}, 'a')]) {
      const longer = new URL(url)
      longer.searchParams.set('Expires', '9999999999')
      longer.searchParams.set('x-oss-expires', '61')
      const other = new URL(url.replace(`${BUCKET}/a`, `${BUCKET}/b`))
      const overridden = new URL(url)
      overridden.searchParams.set('response-content-type', 'text/html')
      for (const changed of [longer, other, overridden]) expect((await fetch(changed)).status).toBe(403)
      expect((await fetch(url, { method: 'DELETE' })).status).toBe(403)
    }
  })

  test('cover additional headers', async () => {
    const headers = { host: `localhost:${local.port}`, 'x-extra': 'yes' }
    const url = await v4().signatureUrlV4('GET', 60, { headers }, 'a', ['host', 'x-extra'])
    expect((await fetch(url, { headers: { 'x-extra': 'yes' } })).status).toBe(200)
    expect((await fetch(url, { headers: { 'x-extra': 'no' } })).status).toBe(403)
    expect((await fetch(url)).status).toBe(403)
  })
})

describe('version 4', () => {
  test('is for one region', async () => {
    const elsewhere = v4({ region: 'oss-cn-beijing' })
    await expect(elsewhere.get('a')).rejects.toMatchObject({ status: 400, code: 'InvalidArgument' })
  })

  test('covers additional headers', async () => {
    const { content } = await v4().get('a', { headers: { Range: 'bytes=0-1' }, additionalHeaders: ['range'] })
    expect(String(content)).toBe('by')
  })

  test.each([
    ['OSS4-HMAC-SHA256 ', 400],
    ['OSS4-HMAC-SHA256 Signature=00', 400],
    ['OSS4-HMAC-SHA256 Credential=a/b/c,Signature=00', 400],
    ['OSS4-HMAC-SHA256 Credential=LTAI5tLocal/20260101/cn-hangzhou/oss/aliyun_v4_request,Signature=00,Other=1', 400],
    ['OSS LTAI5tLocal', 400],
    ['OSS :x', 400],
    ['Basic abc', 400],
  ])('refuses the header %j', async (authorization, status) => {
    const headers = { authorization, 'x-oss-content-sha256': 'UNSIGNED-PAYLOAD', 'x-oss-date': '20260101T000000Z' }
    expect((await sendRaw(local.port, { path: `/${BUCKET}/a`, headers })).status).toBe(status)
  })
})

describe('version 1 by hand', () => {
  test('reads a key with dots in it, which stays below its bucket', async () => {
    const path = `/${BUCKET}/dots/../../up`
    const put = signV1(ACCESS_KEY, { method: 'PUT', path, headers: { 'content-length': 1 }, body: 'x' }, path)
    expect((await sendRaw(local.port, put)).status).toBe(200)
    expect(String((await sendRaw(local.port, signV1(ACCESS_KEY, { path }, path))).body)).toBe('x')
    expect((await v1().listV2({ prefix: 'dots/' })).objects[0].name).toBe('dots/../../up')
  })

  test('finds the bucket in the host', async () => {
    const headers = { host: `${BUCKET}.oss-cn-hangzhou.aliyuncs.com` }
    const answer = await sendRaw(local.port, signV1(ACCESS_KEY, { path: '/a', headers }, `/${BUCKET}/a`))
    expect(String(answer.body)).toBe('bytes')
    const other = await sendRaw(local.port, signV1(ACCESS_KEY, { path: '/a', headers }, '/a/'))
    expect(other.code).toBe('NoSuchBucket')
  })

  test('needs a date', async () => {
    const signed = signV1(ACCESS_KEY, { path: `/${BUCKET}/a` }, `/${BUCKET}/a`)
    const { authorization = '' } = signed.headers ?? {}
    const answer = await sendRaw(local.port, { ...signed, headers: { authorization } })
    expect([answer.status, answer.code]).toEqual([403, 'AccessDenied'])
  })

  test('says in a header what is wrong with a HEAD request', async () => {
    const answer = await sendRaw(local.port, { method: 'HEAD', path: `/${BUCKET}/a` })
    expect(answer.status).toBe(403)
    const xml = Buffer.from(String(answer.headers['x-oss-err']), 'base64').toString()
    expect(xml).toContain('<Code>AccessDenied</Code>')
    expect(xml).toContain(`<RequestId>${String(answer.headers['x-oss-request-id'])}</RequestId>`)
    expect(answer.headers['x-oss-ec']).toBe('0003-00000001')
  })
})
