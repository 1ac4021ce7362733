import { describe, expect, test } from 'vitest'
import { useCloud } from '../support/cloud-fixture.js'
import { readStored, writeStored } from '../support/stored-object.js'

const fixture = useCloud()

describe('the length of a floe object', () => {
  test.each([0, 1, 991, 992, 993, 5000])('is said and verified: %i', async (length) => {
    const client = fixture.client()
    await client.put('object', Buffer.alloc(length, 7), { format: 'floe', segmentLength: 1024 })
    await expect(client.head('object')).resolves.toMatchObject({ plaintextLength: length })
    expect(fixture.operations()).not.toContain('kms Decrypt')
    await expect(client.head('object', { verifyLength: true })).resolves.toMatchObject({ plaintextLength: length })
    expect(fixture.operations()).toContain('kms Decrypt')
  })

  test('is said of one that was moved, too: head verifies nothing, and so no binding', async () => {
    await fixture.client().put('object', Buffer.alloc(5000, 7), { format: 'floe', segmentLength: 1024 })
    await writeStored(fixture.oss, 'moved', await readStored(fixture.oss, 'object'))
    const client = fixture.client({ requireBinding: true })
    await expect(client.head('moved')).resolves.toMatchObject({ plaintextLength: 5000, verified: false })
    await expect(client.head('moved', { verifyLength: true })).rejects.toMatchObject({ code: 'BindingMismatch' })
  })

  test('is refused when the object was cut', async () => {
    const client = fixture.client()
    await client.put('object', Buffer.alloc(5000, 7), { format: 'floe', segmentLength: 1024 })
    const { body, meta } = await readStored(fixture.oss, 'object')
    await writeStored(fixture.oss, 'object', { body: body.subarray(0, 74 + 2 * 1024), meta })
    await expect(fixture.client().head('object')).resolves.toMatchObject({ plaintextLength: 2 * 992 })
    await expect(fixture.client().head('object', { verifyLength: true })).rejects.toMatchObject({
      code: 'IntegrityFailed',
    })
  })
})

test('the length of a gcm object is not verified without reading it', async () => {
  const client = fixture.client()
  await client.put('object', Buffer.alloc(10))
  await expect(client.head('object', { verifyLength: true })).rejects.toMatchObject({ code: 'NotAllowed' })
  expect(fixture.operations()).not.toContain('kms Decrypt')
})
