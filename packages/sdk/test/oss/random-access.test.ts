import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'
import { readStored, writeStored } from '../support/stored-object.js'

const fixture = useCloud()
const floe = { format: 'floe', segmentLength: 1024 } as const
const content = patternBytes(10_000)

test('several parts come in the order they were asked for, and KMS is asked once', async () => {
  const client = fixture.client()
  await client.put('object', content, floe)
  fixture.cloud.clearRequests()
  const parts = await client.getRanges('object', [
    { start: 9000 },
    { start: 0, end: 9 },
    { start: -5 },
    { start: 990, end: 5000 },
  ])
  const expected = [content.subarray(9000), content.subarray(0, 10), content.subarray(-5), content.subarray(990, 5001)]
  expect(parts.map((part, index) => sameBytes(part.content, expected[index]!))).toEqual([true, true, true, true])
  expect(fixture.operations().filter((operation) => operation === 'kms Decrypt')).toHaveLength(1)
  expect(fixture.operations().filter((operation) => operation === 'oss GetObject')).toHaveLength(5)
})

test('streams start at any place', async () => {
  const client = fixture.client()
  await client.put('object', content, floe)
  const object = await client.openRandomAccess('object')
  expect(object.plaintextLength).toBe(content.length)
  for (const start of [0, 1, 991, 992, 5000, 9999]) {
    expect(sameBytes(await buffer(object.createReadStream({ start })), content.subarray(start))).toBe(true)
  }
  expect(sameBytes(await buffer(object.createReadStream({ start: 10, end: 2000 })), content.subarray(10, 2001))).toBe(
    true,
  )
  object.close()
  await expect(object.read({ start: 0, end: 1 })).rejects.toThrow(TypeError)
})

test('a changed segment fails, and what was handed out before is true', async () => {
  const client = fixture.client()
  await client.put('object', content, floe)
  const { body, meta } = await readStored(fixture.oss, 'object')
  body[74 + 3 * 1024 + 100]! ^= 1
  await writeStored(fixture.oss, 'object', { body, meta })
  const object = await client.openRandomAccess('object')
  const received: Buffer[] = []
  const error = await rejection(
    (async () => {
      for await (const chunk of object.createReadStream()) received.push(chunk as Buffer)
    })(),
  )
  expect(error).toMatchObject({ code: 'IntegrityFailed' })
  expect(sameBytes(Buffer.concat(received), content.subarray(0, 3 * 992))).toBe(true)
  await expect(object.read({ start: 0, end: 100 })).resolves.toBeDefined()
  object.close()
})

test('an object that is replaced meanwhile is noticed', async () => {
  const client = fixture.client()
  await client.put('object', content, floe)
  const object = await client.openRandomAccess('object')
  await client.put('object', content, floe)
  await expect(object.read({ start: 0, end: 10 })).rejects.toMatchObject({ code: 'ObjectChanged' })
  object.close()
})

test('a gcm object is refused, before KMS is asked', async () => {
  const client = fixture.client()
  await client.put('object', content)
  fixture.cloud.clearRequests()
  await expect(client.getRanges('object', [{ start: 0, end: 1 }])).rejects.toMatchObject({ code: 'NotAllowed' })
  expect(fixture.operations()).toEqual(['oss GetObject'])
})
