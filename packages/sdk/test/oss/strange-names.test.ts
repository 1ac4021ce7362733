import OSS from 'ali-oss'
import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { BUCKET, useCloud } from '../support/cloud-fixture.js'
import { useLyingOss } from '../support/lying-oss.js'

const fixture = useCloud()
const lying = useLyingOss(fixture)
const data = patternBytes(300_000)
const names = ['a\u0001b', 'tab\there', 'line\nbreak', 'a+b c%20d', '<&>"\'', '报告\u001f', 'a\ufffeb', '🎉/x']

describe.each([false, true])(
  'a name that XML cannot hold, or that needs encoding (authorizationV4: %s)',
  (authorizationV4) => {
    const client = () =>
      fixture.client({
        store: new OSS({ ...fixture.cloud.ossOptions(BUCKET), authorizationV4 }),
        multipartThreshold: 0,
      })

    test.each(names)('is sent in parts: %j', async (name) => {
      await client().put(name, Readable.from([data]), { format: 'floe' })
      expect((await client().get(name)).content.equals(data)).toBe(true)
      expect(await client().listUploads()).toEqual([])
    })

    test('is listed among uploads, and aborted', async () => {
      const begun = names.flatMap((name) => [name, name])
      for (const name of begun) await beginUpload(name)
      const listed = await client().listUploads()
      expect(listed.map(({ name }) => name).sort()).toEqual([...begun].sort())
      expect((await client().listUploads('tab')).map(({ name }) => name)).toEqual(['tab\there', 'tab\there'])
      for (const { name, uploadId } of listed) await client().abortUpload(name, uploadId)
      expect(await client().listUploads()).toEqual([])
    })

    test('is listed over several pages', async () => {
      const { oss, requests } = await lying.start(() => undefined, { authorizationV4 })
      for (const name of names) await beginUpload(name)
      const page = 3
      const inner = oss.listUploads as (query: object, options: object) => Promise<unknown>
      // OSS's own pages are of a thousand.
      Object.assign(oss, {
        listUploads(query: object, options: object) {
          return inner.call(this, { ...query, 'max-uploads': page }, options)
        },
      })
      const listed = await fixture.client({ store: oss }).listUploads()
      expect(listed.map(({ name }) => name).sort()).toEqual([...names].sort())
      expect(requests.length).toBe(Math.ceil(names.length / page))
      for (const { name, uploadId } of listed) await client().abortUpload(name, uploadId)
    })
  },
)

test('a store that does not encode names is believed', async () => {
  const { oss } = await lying.start(() => ({
    body: '<ListMultipartUploadsResult><Upload><Key>a%20b+c&#1;</Key><UploadId>1</UploadId></Upload></ListMultipartUploadsResult>',
  }))
  expect(await fixture.client({ store: oss }).listUploads()).toMatchObject([{ name: 'a%20b+c\ufffd', uploadId: '1' }])
})

async function beginUpload(name: string): Promise<void> {
  // What ali-oss makes of the answer is of no interest.
  await fixture.oss.initMultipartUpload(name).catch(() => undefined)
}
