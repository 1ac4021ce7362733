import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LocalCloud, type OssGuesses, startLocalCloud } from '../../src/index.js'
import { createClient, type Client } from './target.js'

const clouds: LocalCloud[] = []
let likelier: Client
let other: Client

/** A client of a cloud with a bucket that has an encryption setting, and an object in it. */
async function start(ossGuesses: Partial<OssGuesses>): Promise<Client> {
  const cloud = await startLocalCloud({ buckets: ['a-bucket'], ossGuesses })
  clouds.push(cloud)
  const client = createClient({ ...cloud.ossOptions('a-bucket'), region: 'cn-hangzhou' })
  await client.putBucketEncryption('a-bucket', { SSEAlgorithm: 'AES256' })
  await client.put('from\u0001', Buffer.from('x'), { mime: 'text/x-from' })
  return client
}

beforeAll(async () => {
  likelier = await start({})
  other = await start({
    copyKeepsContentType: false,
    copyTellsCrc64: true,
    putTellsDefaultEncryption: false,
    listingEncodesUnasked: false,
  })
})
afterAll(() => Promise.all(clouds.map((cloud) => cloud.close())))

/** What each of the two answers. */
async function both<T>(act: (client: Client) => Promise<T>): Promise<[T, T]> {
  return [await act(likelier), await act(other)]
}

test('a copy keeps the content type or does not', async () => {
  const headers = { 'x-oss-metadata-directive': 'REPLACE' }
  const types = await both(async (client) => {
    await client.copy('to', 'from\u0001', { headers })
    return (await client.head('to')).res.headers['content-type']
  })
  expect(types).toEqual(['text/x-from', 'application/octet-stream'])
})

test('a copy tells the CRC-64 or does not', async () => {
  const told = await both(
    async (client) => 'x-oss-hash-crc64ecma' in (await client.copy('to', 'from\u0001')).res.headers,
  )
  expect(told).toEqual([false, true])
  const parts = await both(async (client) => {
    const { uploadId } = await client.initMultipartUpload('parts')
    const source = { sourceKey: 'from\u0001', sourceBucketName: 'a-bucket' }
    return 'x-oss-hash-crc64ecma' in (await client.uploadPartCopy('parts', uploadId, 1, '0-0', source)).res.headers
  })
  expect(parts).toEqual([false, true])
})

test('a put tells of the encryption that it did not ask for or does not', async () => {
  const name = 'x-oss-server-side-encryption'
  expect(await both(async (client) => (await client.put('put', Buffer.from('x'))).res.headers[name])).toEqual([
    'AES256',
    undefined,
  ])
  const headers = { [name]: 'KMS' }
  const asked = await both(async (client) => (await client.put('put', Buffer.from('x'), { headers })).res.headers[name])
  expect(asked).toEqual(['KMS', 'KMS'])
})

test('a listing is encoded unasked or is not, and then XML readers fail', async () => {
  const { res } = await likelier.listV2({ prefix: 'from' })
  expect(String(res.data)).toContain('<EncodingType>url</EncodingType>')
  await expect(other.listV2({ prefix: 'from' })).rejects.toThrow('Invalid character entity')
  expect((await other.listV2({ prefix: 'from', 'encoding-type': 'url' })).objects).toHaveLength(1)
})
