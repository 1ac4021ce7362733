import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { readFile } from 'node:fs/promises'
import { CachingDataKeyProvider } from 'osscrypt'
import { BrokerDataKeyProvider } from 'osscrypt/oss'
import { describe, expect, test } from 'vitest'
import { createPageKey } from '../../src/broker/key-wrapping.js'
import { algorithmByName } from '../../src/crypto/algorithm.js'
import { decodeHeader, encodeHeader } from '../../src/message/header.js'
import { ask, openQuestion, signedUrl, signQuestion, useBroker } from '../support/broker-fixture.js'
import { BUCKET, useCloud } from '../support/cloud-fixture.js'
import { ENVELOPE, readStored } from '../support/stored-object.js'

const cloud = useCloud()
const { page, broker, reach, records, options } = useBroker(cloud)
const encryptionContext = { tenant: 'anna' }
const operationsOf = () => [...new Set(records.map(({ operation }) => operation))].sort()
const allAnswered = () => records.every(({ status, user }) => status === 200 && user === 'anna')

describe.each(['gcm', 'floe'] as const)('a page without credentials, with %s', (format) => {
  const partLength = 200_000
  const segmentLength = format === 'floe' ? { segmentLength: 65_536 } : {}
  const settings = { format, partLength, encryptionContext, ...segmentLength }

  test('writes and reads what Node reads and writes, small and in parts', async () => {
    const client = page('anna')
    for (const length of [0, 5, 700_000]) {
      const plaintext = randomBytes(length)
      await client.put('anna/file 1+é', plaintext, settings)
      expect(Buffer.from((await client.get('anna/file 1+é')).content).equals(plaintext)).toBe(true)
      const byNode = await cloud.client().get('anna/file 1+é')
      expect(Buffer.from(byNode.content).equals(plaintext)).toBe(true)
      await cloud.client().put('anna/by-node', plaintext, settings)
      expect(Buffer.from((await client.get('anna/by-node')).content).equals(plaintext)).toBe(true)
    }
    expect(allAnswered()).toBe(true)
    expect(operationsOf()).toEqual([
      'CompleteMultipartUpload',
      'DecryptDataKey',
      'GenerateDataKey',
      'GetObject',
      'InitiateMultipartUpload',
      'PutObject',
      'UploadPart',
    ])
  })

  test('reads ranges, streams and files', async () => {
    const client = page('anna')
    const plaintext = randomBytes(300_000)
    await client.put('anna/a', plaintext, settings)
    const range = { start: 1000, end: 70_000 }
    const unverified = format === 'gcm' ? { allowUnverifiedRange: true } : {}
    const { content } = await client.getRange('anna/a', range, unverified)
    expect(Buffer.from(content).equals(plaintext.subarray(1000, 70_001))).toBe(true)
    const chunks: Uint8Array[] = []
    for await (const chunk of (await client.getStream('anna/a')).stream) chunks.push(chunk as Uint8Array)
    expect(Buffer.concat(chunks).equals(plaintext)).toBe(true)
    await client.get('anna/a', join(cloud.folder, 'a'))
    expect((await readFile(join(cloud.folder, 'a'))).equals(plaintext)).toBe(true)
  })

  test('asks for headers, copies and deletes', async () => {
    const client = page('anna')
    await client.put('anna/a', Buffer.from('hello'), {
      ...settings,
      meta: { title: 'report' },
      headers: { 'Cache-Control': 'private' },
    })
    const head = await client.head('anna/a')
    expect(head.res.headers['cache-control']).toBe('private')
    await client.put('anna/plain', Buffer.from('hello'), settings)
    expect((await client.head('anna/plain')).res.headers['cache-control']).toBeUndefined()
    await client.copy('anna/b', 'anna/a')
    expect(Buffer.from((await client.get('anna/b')).content).toString()).toBe('hello')
    await client.copy('anna/c', 'anna/a', { keepBinding: true })
    const { content } = await client.get('anna/c', { expectedKey: 'anna/a' })
    expect(Buffer.from(content).toString()).toBe('hello')
    await client.delete('anna/a')
    await expect(client.head('anna/a')).rejects.toMatchObject({ code: 'NotFound' })
    expect(records.filter(({ operation }) => operation === 'CopyObject')).toMatchObject([{ source: 'anna/a' }])
    expect(allAnswered()).toBe(true)
  })

  test('rewraps under the CMKs of the broker, whose key the page never names', async () => {
    const client = page('anna')
    await client.put('anna/a', Buffer.from('hello'), settings)
    const other = await cloud.cloud.createKey()
    const moving = broker({ dataKeys: cloud.dataKeys().withCmks([other, cloud.cmkArn]) })
    const to = new BrokerDataKeyProvider(reach('anna', moving))
    const { encryption } = await client.rewrap('anna/a', { to })
    expect(encryption.cmkArns).toEqual([other, cloud.cmkArn])
    const later = cloud.client({ dataKeys: cloud.dataKeys().withCmks(other) })
    expect(Buffer.from((await later.get('anna/a')).content).toString()).toBe('hello')
    expect(Buffer.from((await client.get('anna/a')).content).toString()).toBe('hello')
  })

  test('stores an object anew in the other format', async () => {
    const client = page('anna')
    await client.put('anna/a', Buffer.from('hello'), settings)
    const other = format === 'gcm' ? 'floe' : 'gcm'
    expect(await client.upgrade('anna/a', { format: other, keepAs: `anna/was ${format}` })).toMatchObject({
      upgraded: true,
    })
    expect(Buffer.from((await client.get('anna/a')).content).toString()).toBe('hello')
    const old = await client.get(`anna/was ${format}`, { expectedKey: 'anna/a' })
    expect(Buffer.from(old.content).toString()).toBe('hello')
  })

  test('cleans up after an upload that broke off', async () => {
    const client = page('anna')
    const plaintext = randomBytes(900_000)
    const effect = { kind: 'cut', of: 'request', afterBytes: 10 } as const
    cloud.cloud.faults.add({ service: 'oss', operation: 'UploadPart', skip: 1, times: Infinity, effect })
    await expect(client.put('anna/a', plaintext, settings)).rejects.toMatchObject({ code: 'Unreachable' })
    expect(records.some(({ operation }) => operation === 'AbortMultipartUpload')).toBe(true)
    cloud.cloud.faults.clear()
    await client.put('anna/a', plaintext, settings)
    expect(Buffer.from((await client.get('anna/a')).content).equals(plaintext)).toBe(true)
  })
})

test('a page that keeps data keys asks once for objects of one context', async () => {
  const client = page('anna', broker(), {
    dataKeys: new CachingDataKeyProvider(new BrokerDataKeyProvider(reach('anna', broker())), {
      maxAgeMs: 60_000,
      maxMessages: 10,
      maxBytes: 1_000_000,
    }),
  })
  const settings = { format: 'floe', encryptionContext } as const
  await client.put('anna/a', Buffer.from('one'), settings)
  await client.put('anna/b', Buffer.from('two'), settings)
  for (const [name, text] of [
    ['anna/a', 'one'],
    ['anna/b', 'two'],
  ] as const) {
    expect(Buffer.from((await client.get(name)).content).toString()).toBe(text)
    expect(Buffer.from((await page('anna').get(name)).content).toString()).toBe(text)
  }
  expect(records.filter(({ operation }) => operation === 'GenerateDataKey')).toHaveLength(1)
})

test('names, prefixes and parts are listed by URLs that the broker signs', async () => {
  const handler = broker()
  await page('anna').put('anna/a', Buffer.from('x'), { encryptionContext })
  const names = async (query: object) => {
    const question = { operation: 'ListObjects', name: undefined, query: { 'list-type': '2', ...query } }
    const answer = await fetch(await signedUrl(handler, signQuestion(question)))
    expect(answer.status).toBe(200)
    return [...(await answer.text()).matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, name]) => name)
  }
  expect(await names({ prefix: 'anna/' })).toContain('anna/a')
  expect(await names({ prefix: 'anna/a', delimiter: '/', 'max-keys': '10', 'encoding-type': 'url' })).toEqual([
    'anna/a',
  ])
  const { uploadId } = await cloud.oss.initMultipartUpload('anna/b')
  const parts = { operation: 'ListParts', name: 'anna/b', query: { uploadId, 'max-parts': '10' } }
  const listed = await fetch(await signedUrl(handler, signQuestion(parts)))
  expect(await listed.text()).toContain(`<UploadId>${uploadId}</UploadId>`)
  const uploads = { operation: 'ListMultipartUploads', name: undefined, query: { uploads: '', prefix: 'anna/' } }
  const pending = await fetch(await signedUrl(handler, signQuestion(uploads)))
  expect(await pending.text()).toContain(uploadId)
  expect(records.map(({ operation, name }) => [operation, name]).slice(-4)).toEqual([
    ['ListObjects', 'anna/'],
    ['ListObjects', 'anna/a'],
    ['ListParts', 'anna/b'],
    ['ListMultipartUploads', 'anna/'],
  ])
})

test('versions are read, copied and deleted, the last as an action of its own', async () => {
  const versioning = cloud.oss as unknown as { putBucketVersioning(name: string, status: string): Promise<unknown> }
  await versioning.putBucketVersioning(BUCKET, 'Enabled')
  try {
    const asked: string[] = []
    const { authorize } = options()
    const handler = broker({
      authorize: (request, action, name, operation) => {
        asked.push(`${operation} ${action}`)
        return authorize(request, action, name, operation)
      },
    })
    const client = page('anna', handler)
    const versionOf = async (text: string) => {
      const { res } = await client.put('anna/v', Buffer.from(text), { encryptionContext })
      return res.headers['x-oss-version-id'] ?? ''
    }
    const first = await versionOf('first')
    await versionOf('second')
    expect(Buffer.from((await client.get('anna/v', { versionId: first })).content).toString()).toBe('first')
    await client.copy('anna/w', 'anna/v', { versionId: first })
    expect(Buffer.from((await client.get('anna/w')).content).toString()).toBe('first')
    await client.delete('anna/v', { versionId: first })
    await client.delete('anna/v')
    expect(asked).toContain('DeleteObject deleteVersion')
    expect(asked).toContain('DeleteObject delete')
    expect(records.filter(({ versionId }) => versionId === first).length).toBeGreaterThanOrEqual(3)
  } finally {
    await versioning.putBucketVersioning(BUCKET, 'Suspended')
  }
})

describe('objects that are bound to no name', () => {
  const store = () => cloud.client().put('anna/plain', Buffer.from('hello'), { encryptionContext, bindToObject: false })

  test('are not opened', async () => {
    await store()
    await expect(page('anna').get('anna/plain')).rejects.toMatchObject({ code: 'AccessDenied' })
  })

  test('are opened where the application says so, by what is asked by its own name', async () => {
    await store()
    const handler = broker({
      authorize: (request, action, name, operation) =>
        action === 'readUnbound'
          ? { user: 'anna', encryptionContext }
          : options().authorize(request, action, name, operation),
    })
    expect(Buffer.from((await page('anna', handler).get('anna/plain')).content).toString()).toBe('hello')
    expect(records.find(({ operation }) => operation === 'DecryptDataKey')).toMatchObject({ name: undefined })
  })

  test('are no way to the key of a floe object, whose context at KMS looks the same', async () => {
    await cloud.client().put('anna/secret', Buffer.from('hello'), { format: 'floe', encryptionContext })
    const handler = broker({ authorize: () => ({ user: 'bert', encryptionContext }) })
    const { meta } = await readStored(cloud.oss, 'anna/secret')
    const { encryptedDataKeys } = decodeHeader(Buffer.from(meta[ENVELOPE.header] ?? '', 'base64'))
    const algorithm = algorithmByName('AES_GCM_NOPADDING_256')
    const [headerIv, headerAuthTag] = [randomBytes(12), randomBytes(16)]
    const header = encodeHeader({ algorithm, encryptionContext, encryptedDataKeys, headerIv, headerAuthTag })
    const { publicKey } = await createPageKey()
    const response = await handler(ask(openQuestion('decrypt', publicKey, header)))
    expect(response.status).toBe(403)
    expect(records).toMatchObject([{ reason: 'key', status: 403 }])
    // KMS itself would have opened it: the context is the one that it is bound to.
    const request = { algorithm, encryptionContext, encryptedDataKeys }
    expect(await cloud.dataKeys().decryptDataKey(request)).toHaveLength(32)
  })
})
