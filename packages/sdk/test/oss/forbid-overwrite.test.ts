import OSS from 'ali-oss'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { OssEncryptionClient } from 'osscrypt/oss'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { useLyingOss } from '../support/lying-oss.js'
import { rejection } from '../support/rejection.js'

const fixture = useCloud()
const lying = useLyingOss(fixture)
const data = patternBytes(300_000)
const before = Buffer.from('what was there before')
const headers = { 'x-oss-forbid-overwrite': 'true' }

/** OSS ignores the header where versioning is on or suspended; the local one obeys it: here it does not get to see it. */
const ignoring = async () => {
  const { oss, requests } = await lying.start(({ method }) =>
    method === 'PUT' || method === 'POST' ? { late: { hides: ['x-oss-forbid-overwrite'] } } : undefined,
  )
  return { oss, requests }
}

describe.each([
  ['in one piece', Infinity],
  ['in parts', 0],
])('where OSS ignores x-oss-forbid-overwrite, sent %s', (_title, multipartThreshold) => {
  test('what is there is looked for before anything is sent', async () => {
    await fixture.client().put('object', before)
    const { oss, requests } = await ignoring()
    const client = fixture.client({ store: oss, multipartThreshold })
    expect(await rejection(client.put('object', data, { headers }))).toMatchObject({
      name: 'ServiceError',
      serviceCode: 'FileAlreadyExists',
      retryable: false,
    })
    expect(requests.map(({ operation }) => operation)).toEqual(['HeadObject'])
    expect((await client.get('object')).content).toEqual(before)
  })

  test('what is not there is written, also after an answer that was lost', async () => {
    for (const name of ['new', 'lost']) {
      await fixture.client().delete(name)
      const { oss } = await ignoring()
      const client = fixture.client({ store: oss, multipartThreshold })
      const operation = multipartThreshold === 0 ? 'CompleteMultipartUpload' : 'PutObject'
      if (name === 'lost') fixture.cloud.faults.add({ service: 'oss', operation, effect: { kind: 'drop-answer' } })
      await client.put(name, data, { headers })
      expect((await client.get(name)).content.equals(data)).toBe(true)
    }
  })

  test('who may write and not read has the header alone', async () => {
    await fixture.client().delete('object')
    const { oss } = await ignoring()
    const client = fixture.client({ store: oss, multipartThreshold })
    const effect = { kind: 'error', status: 403 } as const
    fixture.cloud.faults.add({ service: 'oss', operation: 'HeadObject', effect, times: Infinity })
    await client.put('object', data, { headers })
    fixture.cloud.faults.clear()
    expect((await client.get('object')).content.equals(data)).toBe(true)
  })
})

describe.each(['PutObject', 'CompleteMultipartUpload', 'CopyObject'])(
  '%s, sent twice by the HTTP client',
  (repeated) => {
    const write = async (client: OssEncryptionClient) =>
      repeated === 'CopyObject'
        ? client.copy('object', 'source', { headers })
        : client.put('object', data, { headers, bindToObject: false })
    const client = (store: OSS) =>
      fixture.client({ store, multipartThreshold: repeated === 'CompleteMultipartUpload' ? 0 : Infinity })
    const body = '<Error><Code>FileAlreadyExists</Code><Message>The object exists.</Message></Error>'
    beforeEach(async () => {
      await fixture.client().put('source', data, { bindToObject: false })
      await fixture.client().delete('object')
    })

    test('is done when what it made is there', async () => {
      const { oss } = await lying.start(({ operation }) =>
        operation === repeated ? { late: { status: 409, body } } : undefined,
      )
      await write(client(oss))
      expect((await fixture.client().get('object')).content.equals(data)).toBe(true)
    })

    test('is not, when another object is there, or what is may not be looked at', async () => {
      for (const denied of [true, false]) {
        const { oss } = await lying.start(({ operation, path }) => {
          if (operation === repeated) return { status: 409, body }
          if (operation !== 'HeadObject' || path.includes('source')) return undefined
          return { status: denied ? 403 : 404 }
        })
        expect(await rejection(write(client(oss)))).toMatchObject({ serviceCode: 'FileAlreadyExists' })
      }
    })
  },
)

test('what comes while the parts are sent is found before they become the object', async () => {
  await fixture.client().delete('object')
  const { oss, requests } = await lying.start((request) => {
    if (request.operation === 'UploadPart' && !requests.some(({ operation }) => operation === 'PutObject'))
      void fixture.client().put('object', before)
    return ['POST', 'PUT'].includes(request.method) ? { late: { hides: ['x-oss-forbid-overwrite'] } } : undefined
  })
  const put = fixture
    .client({ store: oss, multipartThreshold: 0 })
    .put('object', Readable.from(slowly(data)), { headers, format: 'floe' })
  expect(await rejection(put)).toMatchObject({ serviceCode: 'FileAlreadyExists' })
  expect((await fixture.client().get('object')).content).toEqual(before)
  expect(await fixture.client().listUploads()).toEqual([])
})

test('an upload whose last answer was lost with its process is not taken for another object', async () => {
  await fixture.client().delete('object')
  const path = join(fixture.folder, 'source')
  const options = { headers, checkpoint: join(fixture.folder, 'checkpoint') }
  await writeFile(path, data)
  const { oss } = await lying.start(({ operation }) =>
    operation === 'CompleteMultipartUpload' ? { late: { status: 400, body: '' } } : undefined,
  )
  expect(
    await rejection(fixture.client({ store: oss, multipartThreshold: 0 }).put('object', path, options)),
  ).toMatchObject({
    code: 'Rejected',
  })
  await fixture.client({ multipartThreshold: 0 }).put('object', path, options)
  expect((await fixture.client().get('object')).content.equals(data)).toBe(true)
})

describe.each(['Enabled', 'Suspended'])('in a bucket where versioning is %s', (status) => {
  let store: OSS
  beforeAll(async () => {
    const bucket = `forbid-${status.toLowerCase()}`
    await fixture.cloud.createBucket(bucket)
    store = new OSS(fixture.cloud.ossOptions(bucket))
    const versioning = store as unknown as { putBucketVersioning(name: string, status: string): Promise<unknown> }
    await versioning.putBucketVersioning(bucket, status)
  })

  test('put and copy keep what is there, and write over what was deleted', async () => {
    const client = fixture.client({ store })
    await client.put('object', before)
    await client.put('source', data, { bindToObject: false })
    for (const run of [
      () => client.put('object', data, { headers }),
      () => client.copy('object', 'source', { headers }),
    ])
      expect(await rejection(run() as Promise<unknown>)).toMatchObject({ serviceCode: 'FileAlreadyExists' })
    expect((await client.get('object')).content).toEqual(before)
    await client.delete('object')
    await client.put('object', data, { headers })
    expect((await client.get('object')).content.equals(data)).toBe(true)
  })
})

async function* slowly(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes.subarray(0, 100_000)
  await new Promise((resolve) => setTimeout(resolve, 100))
  yield bytes.subarray(100_000)
}
