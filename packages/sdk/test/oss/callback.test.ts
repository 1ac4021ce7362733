import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { useLyingOss } from '../support/lying-oss.js'
import { rejection } from '../support/rejection.js'

const fixture = useCloud()
const lying = useLyingOss(fixture)
const data = patternBytes(100_000)
const callback = Buffer.from('{"callbackUrl":"http://app.example/stored","callbackBody":"x"}').toString('base64')
const headers = { 'X-Oss-Callback': callback, 'x-oss-callback-var': 'e30=' }
const FAILED = `<?xml version="1.0"?><Error><Code>CallbackFailed</Code><Message>Error status : 502.</Message><RequestId>R1</RequestId></Error>`

const ways = [
  ['in one piece', 'PutObject', Infinity],
  ['in parts', 'CompleteMultipartUpload', 0],
] as const

describe.each(ways)('a callback of an object that is sent %s', (_title, operation, multipartThreshold) => {
  /** The local OSS calls nobody back: what OSS answers with is put in its place. */
  const answering = async (status: number, body: string) => {
    const { oss, requests } = await lying.start((request) =>
      request.operation === operation
        ? { late: { status, body, hides: ['x-oss-callback', 'x-oss-callback-var'] } }
        : undefined,
    )
    return { client: fixture.client({ store: oss, multipartThreshold }), requests }
  }

  test.each(['{"Status":"OK"}', 'no JSON', ''])('that answers is handed out: %j', async (body) => {
    const { client, requests } = await answering(200, body)
    const result = await client.put('object', data, { headers })
    expect(result.callback).toEqual({ succeeded: true, status: 200, body })
    expect((await client.get('object')).content.equals(data)).toBe(true)
    const asked = requests.filter((request) => request.headers['x-oss-callback'] === callback)
    expect(asked.map((request) => request.operation)).toEqual([operation])
    expect(asked[0]?.headers['x-oss-callback-var']).toBe('e30=')
  })

  test('that fails leaves the object stored, and is sent once', async () => {
    const { client, requests } = await answering(203, FAILED)
    const result = await client.put('object', data, { headers })
    expect(result).toMatchObject({ res: { status: 203 }, callback: { succeeded: false, status: 203, body: FAILED } })
    expect(requests.filter((request) => request.operation === operation)).toHaveLength(1)
    expect((await client.get('object')).content.equals(data)).toBe(true)
    expect(await client.listUploads()).toEqual([])
  })

  test('that fails, with a checkpoint', async () => {
    const { client } = await answering(203, FAILED)
    const path = join(fixture.folder, 'source')
    await writeFile(path, data)
    const result = await client.put('object', path, { headers, checkpoint: join(fixture.folder, 'checkpoint') })
    expect(result.callback).toMatchObject({ succeeded: false })
    expect(await fixture.files()).toEqual(['source'])
  })

  test('is none where none was asked for', async () => {
    const { client } = await answering(
      200,
      operation === 'PutObject' ? '' : '<CompleteMultipartUploadResult></CompleteMultipartUploadResult>',
    )
    expect(await client.put('object', data)).not.toHaveProperty('callback')
  })

  test.each([
    ['without a callback', {}, FAILED],
    ['with something else than a callback that failed', headers, '<html>203</html>'],
  ])('203 is a bad answer %s', async (_case, given, body) => {
    const { client } = await answering(203, body)
    expect(await rejection(client.put('object', data, { headers: given }))).toMatchObject({ code: 'BadAnswer' })
  })
})
