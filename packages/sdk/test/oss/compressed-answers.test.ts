import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { FormatError, IntegrityError } from 'osscrypt'
import { describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { useLyingOss } from '../support/lying-oss.js'
import { rejection } from '../support/rejection.js'
import { readStored } from '../support/stored-object.js'

const fixture = useCloud()
const lying = useLyingOss(fixture)
const data = patternBytes(50_000)

describe.each(['gcm', 'floe'] as const)('a CDN that compresses what it passes on, %s', (format) => {
  /** What has a length is sent as one piece. */
  const compressing = async (hasLength: boolean) => {
    await fixture.client().put('object', data, { format, mime: 'text/plain' })
    const { body } = await readStored(fixture.oss, 'object')
    const compressed = gzipSync(body)
    const { oss, requests } = await lying.start(({ operation }) => {
      if (operation !== 'GetObject') return undefined
      const headers = {
        'content-encoding': 'gzip',
        ...(!hasLength && { 'content-length': null }),
      }
      return { late: { headers, body: compressed } }
    })
    return { client: fixture.client({ store: oss }), requests }
  }

  test('is named as the cause, and not an attack alone', async () => {
    const { client } = await compressing(true)
    for (const run of [
      () => client.get('object'),
      () => client.get('object', join(fixture.folder, 'target')),
      () => client.copy('copy', 'object'),
    ]) {
      const error = await rejection(run())
      expect(error).toBeInstanceOf(format === 'gcm' ? IntegrityError : FormatError)
      expect(error.message).toContain('Content-Encoding gzip')
    }
    expect(await fixture.files()).toEqual([])
  })

  test('is a bad answer where the length is missing, too', async () => {
    const { client } = await compressing(false)
    const error = await rejection(client.get('object'))
    expect(error).toMatchObject({ code: 'BadAnswer', message: expect.stringContaining('Content-Encoding') })
  })

  test('is asked not to', async () => {
    const { client, requests } = await compressing(true)
    await rejection(client.get('object'))
    expect(requests.map(({ headers }) => headers['accept-encoding'])).toEqual(requests.map(() => 'identity'))
  })
})

test('an object that somebody has labelled as compressed is read as it is', async () => {
  await fixture.client().put('object', data)
  const { body, meta } = await readStored(fixture.oss, 'object')
  await fixture.oss.put('object', body, { meta: meta as never, headers: { 'Content-Encoding': 'gzip' } })
  expect((await fixture.client().get('object')).content.equals(data)).toBe(true)
  await fixture.client().copy('copy', 'object')
  const copied = await fixture.client().get('copy')
  expect(copied.content.equals(data)).toBe(true)
  expect(copied.res.headers['content-encoding']).toBe('gzip')
})
