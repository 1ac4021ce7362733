import { createHash, createHmac } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startLocalCloud } from '../../src/index.js'
import { ACCESS_KEY, BUCKET, startLocalOss, STS_KEY, type LocalOss } from './local-oss.js'
import { sendRaw, signV1, type RawAnswer } from './raw-request.js'
import { createClient, type Client, type Target } from './target.js'

const EXPIRES_MS = Date.now() + 3_600_000
let local: LocalOss
let target: Target
let client: Client

beforeAll(async () => {
  const accessKeys = [ACCESS_KEY, { ...STS_KEY, expiresMs: EXPIRES_MS }]
  local = await startLocalOss({ region: 'cn-beijing', accessKeys })
  target = { endpoint: local.endpoint, region: 'cn-beijing', bucket: BUCKET, ...ACCESS_KEY }
  client = createClient(target, { authorizationV4: true })
  await client.put('a', Buffer.from('bytes'))
})
afterEach(() => {
  local.clock.offsetMs = 0
})
afterAll(() => local.close())

describe('the region', () => {
  test('is the one that the cloud was started with', async () => {
    await using cloud = await startLocalCloud({ region: 'cn-beijing', buckets: ['a-bucket'] })
    const own = createClient({ ...cloud.credentials, ...target, ...cloud.ossOptions('a-bucket'), region: 'cn-beijing' })
    expect((await own.getBucketLocation('a-bucket')).location).toBe('oss-cn-beijing')
    expect((await own.getBucketInfo('a-bucket')).bucket.ExtranetEndpoint).toBe('oss-cn-beijing.aliyuncs.com')
    expect((await own.listBuckets()).buckets[0].region).toBe('oss-cn-beijing')
    const options = { ...cloud.ossOptions('a-bucket'), authorizationV4: true, region: 'oss-cn-shanghai' }
    const other = createClient({ ...target, ...cloud.ossOptions('a-bucket') }, options)
    await expect(other.list({})).rejects.toMatchObject({ status: 400, code: 'InvalidArgument' })
  })

  test('has to be that of version 4 signatures', async () => {
    const answer = await sendV4('cn-shanghai')
    expect([answer.status, answer.code, answer.headers['x-oss-ec']]).toEqual([400, 'InvalidArgument', '0002-00000226'])
    expect(String(answer.body)).toContain('<Message>Invalid signing region in Authorization header.</Message>')
    const empty = await sendV4('')
    expect([empty.status, empty.code]).toEqual([400, 'InvalidArgument'])
    expect(String(empty.body)).toContain('<Message>The signing region in credential is invalid.</Message>')
    expect((await sendV4('cn-beijing')).status).toBe(200)
  })

  /** A listing, signed in version 4 for a region. */
  function sendV4(region: string): Promise<RawAnswer> {
    const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
    const scope = `${date.slice(0, 8)}/${region}/oss/aliyun_v4_request`
    const signedHeaders = `x-oss-content-sha256:UNSIGNED-PAYLOAD\nx-oss-date:${date}\n`
    const canonical = ['GET', `/${BUCKET}/`, '', signedHeaders, '', 'UNSIGNED-PAYLOAD'].join('\n')
    const hash = createHash('sha256').update(canonical).digest('hex')
    const text = ['OSS4-HMAC-SHA256', date, scope, hash].join('\n')
    const hmac = (key: string | Buffer, part: string): Buffer => createHmac('sha256', key).update(part).digest()
    const secret = `aliyun_v4${ACCESS_KEY.accessKeySecret}`
    const key = [date.slice(0, 8), region, 'oss', 'aliyun_v4_request'].reduce(hmac, secret as string | Buffer as Buffer)
    const signature = hmac(key, text).toString('hex')
    const authorization = `OSS4-HMAC-SHA256 Credential=${ACCESS_KEY.accessKeyId}/${scope},Signature=${signature}`
    const headers = { authorization, 'x-oss-date': date, 'x-oss-content-sha256': 'UNSIGNED-PAYLOAD' }
    return sendRaw(local.port, { path: `/${BUCKET}/`, headers })
  }
})

describe('the order of checks', () => {
  test('tells first that a bucket is missing, whoever asks', async () => {
    const missing = '/osscrypt-no-such-bucket/key'
    const stranger = { accessKeyId: 'nobody', accessKeySecret: 'nothing' }
    expect((await sendRaw(local.port, signV1(stranger, { path: missing }, missing))).code).toBe('NoSuchBucket')
    expect((await sendRaw(local.port, { path: missing })).code).toBe('NoSuchBucket')
    const there = `/${BUCKET}/a`
    expect((await sendRaw(local.port, signV1(stranger, { path: there }, there))).code).toBe('InvalidAccessKeyId')
    expect((await sendRaw(local.port, signV1(stranger, { path: '/' }, '/'))).code).toBe('InvalidAccessKeyId')
    const create = { method: 'PUT', path: '/osscrypt-no-such-bucket/' }
    expect((await sendRaw(local.port, signV1(stranger, create, create.path))).code).toBe('InvalidAccessKeyId')
  })
})

describe('errors', () => {
  test('say where to read about them, and what was signed', async () => {
    const path = `/${BUCKET}/a`
    const wrong = signV1({ ...ACCESS_KEY, accessKeySecret: 'wrong' }, { path }, path)
    const body = String((await sendRaw(local.port, wrong)).body)
    const elements = [...body.matchAll(/<(\w+)>[^<]/g)].map(([, name]) => name)
    expect(elements).toEqual(expect.arrayContaining(['StringToSign', 'StringToSignBytes', 'EC', 'RecommendDoc']))
    expect(body).toContain('<RecommendDoc>https://api.aliyun.com/troubleshoot?q=0002-00000040</RecommendDoc>')
    const [, text = ''] = /<StringToSign>([^<]*)</.exec(body) ?? []
    const [, bytes = ''] = /<StringToSignBytes>([^<]*)</.exec(body) ?? []
    expect(Buffer.from(bytes.replaceAll(' ', ''), 'hex').toString()).toBe(text.replaceAll('&#10;', '\n'))
    const v4 = createClient(target, { authorizationV4: true, accessKeySecret: 'wrong' })
    const refused = await v4.get('a').catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'SignatureDoesNotMatch' })
  })

  test('tell that a token has expired', async () => {
    const { accessKeyId, accessKeySecret, securityToken = '' } = STS_KEY
    const sts = createClient({ ...target, accessKeyId, accessKeySecret, securityToken })
    expect(String((await sts.get('a')).content)).toBe('bytes')
    const url = sts.signatureUrl('a', { expires: 7200 })
    local.clock.offsetMs = 3_700_000
    const answer = await fetch(url)
    expect([answer.status, answer.headers.get('x-oss-ec')]).toEqual([403, '0002-00000007'])
    expect(await answer.text()).toContain('<Code>SecurityTokenExpired</Code>')
  })

  test('never have the status 429', async () => {
    local.faults.add({ service: 'oss', effect: { kind: 'error', status: 503 } })
    await expect(client.get('a')).rejects.toMatchObject({ status: 503, code: 'ServiceUnavailable' })
  })
})

test('the clock of the service is the one in the Date header', async () => {
  local.clock.offsetMs = -3_600_000
  for (const answer of [
    await sendRaw(local.port, { path: '/' }),
    await sendRaw(local.port, { path: `/${BUCKET}/a` }),
  ]) {
    const date = Date.parse(answer.headers.date ?? '')
    expect(Math.abs(date - (Date.now() - 3_600_000))).toBeLessThan(10_000)
  }
  // A client that learns from it how wrong its own clock is gets through.
  const path = `/${BUCKET}/a`
  const learnt = Date.parse((await sendRaw(local.port, signV1(ACCESS_KEY, { path }, path))).headers.date ?? '')
  expect((await sendRaw(local.port, signV1(ACCESS_KEY, { path }, path, learnt))).status).toBe(200)
})

describe('requests without a signature', () => {
  const path = `/${BUCKET}/anonymous`
  const send = (method: string, at = path): Promise<RawAnswer> =>
    sendRaw(local.port, {
      method,
      path: at,
      headers: { 'content-length': method === 'PUT' ? 1 : 0 },
      ...(method === 'PUT' && { body: 'x' }),
    })
  const statuses = async (): Promise<number[]> => {
    const found: number[] = []
    for (const method of ['PUT', 'GET', 'HEAD', 'DELETE']) found.push((await send(method)).status)
    found.push((await send('GET', `/${BUCKET}/?prefix=a`)).status, (await send('GET', `/${BUCKET}/?acl`)).status)
    return found
  }

  test('may do what the ACL of the bucket says', async () => {
    await client.put('anonymous', Buffer.from('x'))
    expect(await statuses()).toEqual([403, 403, 403, 403, 403, 403])
    await client.putBucketACL(BUCKET, 'public-read')
    expect(await statuses()).toEqual([403, 200, 200, 403, 200, 403])
    await client.putBucketACL(BUCKET, 'public-read-write')
    expect(await statuses()).toEqual([200, 200, 200, 204, 200, 403])
    await client.putBucketACL(BUCKET, 'private')
  })

  test('may do what the ACL of the object says, when it has one of its own', async () => {
    await client.put('anonymous', Buffer.from('x'), { headers: { 'x-oss-object-acl': 'public-read' } })
    expect((await send('GET')).status).toBe(200)
    expect((await send('GET', `${path}?response-content-type=a`)).code).toBe('InvalidRequest')
    expect((await send('PUT')).status).toBe(403)
    await client.putBucketACL(BUCKET, 'public-read')
    await client.putACL('anonymous', 'private')
    const refused = await send('GET')
    expect([refused.status, String(refused.body)]).toEqual([403, expect.stringContaining('because of object acl')])
    await client.putBucketACL(BUCKET, 'private')
    await client.delete('anonymous')
  })
})
