import { describe, expect, test } from 'vitest'
import type { ObjectStore, UploadBody } from '../../src/store/object-store.js'
import type { OssV2Client } from '../../src/store/oss-v2/oss-v2-client.js'
import { OssV2Store } from '../../src/store/oss-v2/oss-v2-store.js'
import { PresignedStore } from '../../src/store/presigned/presigned-store.js'
import { rejection } from '../support/rejection.js'

// Who stands between may answer with 200 whatever was sent, as the page of a hotel's network does: nothing is stored then.

interface Answer {
  readonly text: string
  readonly headers: Readonly<Record<string, string>>
}

const bytes = new TextEncoder().encode('ciphertext')
const ETAG = '"B864DB6A936D376F9F8D3ED3BBE540DD"'
const page: Answer = { text: '<html><body>Please sign in</body></html>', headers: { 'content-type': 'text/html' } }
const failed: Answer = { text: '<Error><Code>InternalError</Code></Error>', headers: { etag: ETAG } }

const stores: Readonly<Record<string, (answer: Answer, sent?: Record<string, string>[]) => ObjectStore>> = {
  'oss-v2': ({ text, headers }, sent = []) => {
    const body = new TextEncoder().encode(text)
    const client: OssV2Client = {
      invokeOperation: async ({ headers: given = {} }) => {
        sent.push({ ...given })
        return {
          statusCode: 200,
          headers,
          body: { bytes: async () => body, stream: () => new Response(body).body as ReadableStream<Uint8Array> },
        }
      },
    }
    return new OssV2Store(client, 'bucket')
  },
  presigned: ({ text, headers }, sent = []) =>
    new PresignedStore({
      sign: () => ({ url: 'http://127.0.0.1/' }),
      fetch: async (_url, init) => {
        sent.push({ ...(init?.headers as Record<string, string>) })
        return new Response(text, { headers })
      },
    }),
}

const body: UploadBody & { readonly length: number } = {
  length: bytes.length,
  rereadable: true,
  bytes,
  open: async function* () {
    yield bytes
  },
}

const writes: Readonly<Record<string, (store: ObjectStore, headers?: Record<string, string>) => Promise<unknown>>> = {
  put: (store) => store.put('name', body, {}),
  'upload a part': (store) => store.multipart!.uploadPart('name', 'id', 1, body, {}),
  complete: (store, headers = {}) => store.multipart!.complete('name', 'id', [{ number: 1, etag: ETAG }], { headers }),
  copy: (store) => store.copy('name', 'source', {}),
  'replace metadata': (store, headers = {}) => store.metadata!.replace('name', { ifMatch: ETAG, headers }),
}

describe.each(Object.entries(stores))('%s', (kind, make) => {
  test.each(Object.entries(writes))('%s is not believed to whoever answers', async (_what, write) => {
    expect(await rejection(write(make(page)))).toMatchObject({ name: 'ServiceError', code: 'BadAnswer' })
  })

  test.each(['complete', 'copy', 'replace metadata'])('%s may fail after its status was sent', async (what) => {
    expect(await rejection(writes[what]!(make(failed)))).toMatchObject({ name: 'ServiceError', code: 'BadAnswer' })
  })

  test('what was stored is told with its checksum, but where a page may not see it', async () => {
    const unseen = writes['put']!(make({ text: '', headers: { etag: ETAG } }))
    if (kind === 'presigned') expect(await unseen).toMatchObject({ status: 200 })
    else expect(await rejection(unseen)).toMatchObject({ code: 'BadAnswer' })
    const seen = { text: '', headers: { etag: ETAG, 'x-oss-hash-crc64ecma': '1234' } }
    expect(await writes['put']!(make(seen))).toMatchObject({ status: 200, headers: seen.headers })
  })

  test('what a callback answered is no text of OSS’s', async () => {
    const answer = { text: '{"fine":true}', headers: { etag: ETAG } }
    expect(await writes['complete']!(make(answer), { 'x-oss-callback': 'e30=' })).toMatchObject({ status: 200 })
  })

  test('tags stay, unless there are others', async () => {
    const sent: Record<string, string>[] = []
    const answer = { text: `<CopyObjectResult><ETag>${ETAG}</ETag></CopyObjectResult>`, headers: {} }
    await writes['replace metadata']!(make(answer, sent))
    await writes['replace metadata']!(make(answer, sent), { 'x-oss-tagging': 'a=b' })
    expect(sent.map((headers) => headers['x-oss-tagging-directive'])).toEqual(['Copy', 'Replace'])
  })
})
