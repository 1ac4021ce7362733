import { afterAll, beforeAll, expect, test } from 'vitest'
import { ABSENT_ROUTES } from '../../src/oss/protocol/absent-routes.js'
import { ACCESS_KEY, BUCKET, startLocalOss, type LocalOss } from './local-oss.js'
import { sendRaw, signV1, type RawAnswer } from './raw-request.js'
import { createClient, type Client } from './target.js'

const EMPTY = 'osscrypt-empty'
let local: LocalOss
let client: Client

beforeAll(async () => {
  local = await startLocalOss({ buckets: [BUCKET, EMPTY] })
  client = createClient({ endpoint: local.endpoint, region: 'cn-hangzhou', bucket: BUCKET, ...ACCESS_KEY })
  await client.put('key', Buffer.from('bytes'))
})
afterAll(() => local.close())

/** Sends a request with parameters, signed like those of a client that takes all of them for sub-resources. */
function send(method: string, path: string, parameters: readonly string[], body = ''): Promise<RawAnswer> {
  const headers = { 'content-length': Buffer.byteLength(body) }
  const raw = { method, path: `${path}?${parameters.join('&')}`, headers, body }
  const resource = parameters.length === 0 ? path : `${path}?${[...parameters].sort().join('&')}`
  return sendRaw(local.port, signV1(ACCESS_KEY, raw, resource))
}

/** The same, of a client that takes none of them for one. */
function sendUnsigned(method: string, path: string, parameter: string): Promise<RawAnswer> {
  const raw = { method, path: `${path}?${parameter}`, headers: { 'content-length': 0 } }
  return sendRaw(local.port, signV1(ACCESS_KEY, raw, path))
}

async function expectNothingTouched(): Promise<void> {
  expect(String((await client.get('key')).content)).toBe('bytes')
  const { buckets } = await client.listBuckets()
  expect(buckets.map(({ name }: { name: string }) => name)).toEqual([EMPTY, BUCKET])
  expect((await client.listV2({})).objects).toHaveLength(1)
}

const PATHS = { service: '/', bucket: `/${EMPTY}/`, object: `/${BUCKET}/key` }

test('answers operations that it has not by their names, and touches nothing', async () => {
  for (const { method, resource, parameters, name } of ABSENT_ROUTES) {
    const query = parameters.map((parameter) =>
      parameter.value === undefined ? parameter.name : `${parameter.name}=${parameter.value}`,
    )
    const answer = await send(method, PATHS[resource], query, '<Retention/>')
    expect([name, answer.status, answer.code]).toEqual([name, 501, 'NotImplemented'])
    expect(String(answer.body)).toContain(`<Operation>${name}</Operation>`)
  }
  expect((await sendUnsigned('DELETE', `/${EMPTY}/`, 'somethingNew')).status).toBe(501)
  await expectNothingTouched()
})

test('answers parameters that an operation does not name by their names, and touches nothing', async () => {
  for (const [method, path, parameter] of [
    ['DELETE', `/${EMPTY}/`, 'acl'],
    ['DELETE', `/${EMPTY}/`, 'somethingNew'],
    ['DELETE', `/${BUCKET}/key`, 'somethingNew'],
    ['DELETE', `/${BUCKET}/key`, 'versions'],
    ['PUT', `/${BUCKET}/key`, 'uploads'],
    ['PUT', `/${BUCKET}/key`, 'somethingNew=1'],
    ['PUT', `/${BUCKET}/key`, 'x-oss-process=image'],
    ['PUT', '/osscrypt-new-bucket/', 'somethingNew'],
    ['GET', `/${BUCKET}/key`, 'response-content-typo=a'],
    ['HEAD', `/${BUCKET}/key`, 'somethingNew'],
    ['GET', `/${BUCKET}/`, 'somethingNew'],
    ['GET', '/', 'somethingNew'],
  ] as const) {
    const answer = await send(method, path, [parameter], '<Anything/>')
    expect([method, parameter, answer.status]).toEqual([method, parameter, 501])
    const xml = method === 'HEAD' ? Buffer.from(String(answer.headers['x-oss-err']), 'base64') : answer.body
    expect(String(xml)).toContain(`<Query>${parameter.split('=')[0]}</Query>`)
  }
  await expectNothingTouched()
})
