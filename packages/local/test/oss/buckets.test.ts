import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ACCESS_KEY, BUCKET, startLocalOss, type LocalOss } from './local-oss.js'
import { createClient, type Client } from './target.js'

let local: LocalOss
let client: Client

beforeAll(async () => {
  local = await startLocalOss({ region: 'cn-hangzhou' })
  const target = { endpoint: local.endpoint, region: 'cn-hangzhou', bucket: BUCKET, ...ACCESS_KEY }
  client = createClient(target, { authorizationV4: true })
})
afterAll(() => local.close())

describe('buckets', () => {
  test('are created, described, listed and deleted', async () => {
    await client.putBucket('second-bucket', { storageClass: 'IA', acl: 'private' })
    await client.putBucket('second-bucket')
    const { bucket } = await client.getBucketInfo('second-bucket')
    expect(bucket).toMatchObject({ Name: 'second-bucket', Location: 'oss-cn-hangzhou', StorageClass: 'IA' })
    expect((await client.getBucketLocation('second-bucket')).location).toBe('oss-cn-hangzhou')
    const names = (page: { buckets: { name: string }[] }): string[] => page.buckets.map(({ name }) => name)
    expect(names(await client.listBuckets())).toEqual([BUCKET, 'second-bucket'])
    const page = await client.listBuckets({ 'max-keys': 1 })
    expect([names(page), page.isTruncated, page.nextMarker]).toEqual([[BUCKET], true, BUCKET])
    expect(names(await client.listBuckets({ marker: BUCKET }))).toEqual(['second-bucket'])
    await client.putBucketACL('second-bucket', 'public-read')
    expect((await client.getBucketACL('second-bucket')).acl).toBe('public-read')
    await client.deleteBucket('second-bucket')
    await expect(client.getBucketInfo('second-bucket')).rejects.toMatchObject({ code: 'NoSuchBucket' })
    await expect(client.deleteBucket('second-bucket')).rejects.toMatchObject({ code: 'NoSuchBucket' })
  })

  test('are deleted only when nothing is in them', async () => {
    await client.putBucket('full-bucket')
    const full = createClient({ endpoint: local.endpoint, region: 'cn-hangzhou', bucket: 'full-bucket', ...ACCESS_KEY })
    await full.put('a', Buffer.from('a'))
    await expect(client.deleteBucket('full-bucket')).rejects.toMatchObject({ status: 409, code: 'BucketNotEmpty' })
    await full.copy('copied', '/full-bucket/a')
    expect((await client.copy('from-full', '/full-bucket/a')).res.status).toBe(200)
    await full.delete('a')
    await full.delete('copied')
    const { uploadId } = await full.initMultipartUpload('b')
    await expect(client.deleteBucket('full-bucket')).rejects.toMatchObject({ code: 'BucketNotEmpty' })
    await full.abortMultipartUpload('b', uploadId)
    await client.deleteBucket('full-bucket')
    expect(String((await client.get('from-full')).content)).toBe('a')
  })

  test('that begin empty are made when the service starts', async () => {
    await expect(startLocalOss({ buckets: ['Not A Bucket'] })).rejects.toThrow(RangeError)
  })
})

describe('versions', () => {
  const name = 'versioned-bucket'
  let versioned: Client

  beforeAll(async () => {
    await client.putBucket(name)
    versioned = createClient({ endpoint: local.endpoint, region: 'cn-hangzhou', bucket: name, ...ACCESS_KEY })
    await versioned.put('key', Buffer.from('before'))
    expect((await versioned.getBucketVersioning(name)).versionStatus).toBeUndefined()
    await versioned.putBucketVersioning(name, 'Enabled')
    expect((await versioned.getBucketVersioning(name)).versionStatus).toBe('Enabled')
  })

  const versionOf = (answer: { res: { headers: Record<string, string> } }): string =>
    answer.res.headers['x-oss-version-id'] ?? ''

  test('are kept, read, hidden by delete markers and deleted one by one', async () => {
    const first = versionOf(await versioned.put('key', Buffer.from('first')))
    const second = versionOf(await versioned.put('key', Buffer.from('second')))
    expect(first).not.toBe(second)
    expect(String((await versioned.get('key')).content)).toBe('second')
    expect(String((await versioned.get('key', { versionId: first })).content)).toBe('first')
    expect(String((await versioned.get('key', { versionId: 'null' })).content)).toBe('before')

    const deletion = await versioned.delete('key')
    expect(deletion.res.headers['x-oss-delete-marker']).toBe('true')
    const marker = versionOf(deletion)
    await expect(versioned.get('key')).rejects.toMatchObject({ status: 404, code: 'NoSuchKey' })
    await expect(versioned.get('key', { versionId: marker })).rejects.toMatchObject({ code: 'MethodNotAllowed' })
    expect((await versioned.listV2({})).objects).toHaveLength(0)

    const listed = await versioned.getBucketVersions()
    expect(listed.objects.map(({ versionId }: { versionId: string }) => versionId)).toEqual([second, first, 'null'])
    expect(listed.deleteMarker).toMatchObject([{ name: 'key', versionId: marker }])

    await versioned.delete('key', { versionId: marker })
    expect(String((await versioned.get('key')).content)).toBe('second')
    await versioned.delete('key', { versionId: second })
    expect(String((await versioned.get('key')).content)).toBe('first')
    const restored = await versioned.copy('key', 'key', { versionId: 'null' })
    expect(String((await versioned.get('key')).content)).toBe('before')
    await versioned.delete('key', { versionId: 'null' })
    expect(String((await versioned.get('key', { versionId: versionOf(restored) })).content)).toBe('before')
  })

  test('are listed by pages', async () => {
    for (const key of ['p/1', 'p/2']) for (const body of ['a', 'b', 'c']) await versioned.put(key, Buffer.from(body))
    for (const maxKeys of [1, 2, 4, 6]) {
      const found: string[] = []
      let markers = {}
      for (let more = true; more;) {
        const page = await versioned.getBucketVersions({ prefix: 'p/', maxKeys, ...markers })
        found.push(...page.objects.map((entry: { name: string }) => entry.name))
        more = page.isTruncated
        markers = {
          keyMarker: page.nextKeyMarker,
          ...(page.nextVersionIdMarker && { versionIdMarker: page.nextVersionIdMarker }),
        }
      }
      expect(found).toEqual(['p/1', 'p/1', 'p/1', 'p/2', 'p/2', 'p/2'])
    }
  })
})
