import { buffer } from 'node:stream/consumers'
import { OsscryptError } from 'osscrypt'
import { beforeEach, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'
import { readStored, writeStored, type StoredObject } from '../support/stored-object.js'

// What can be seen to be wrong without the data key is refused before KMS is asked, however the object is read.

const fixture = useCloud()
const SEGMENT = 1024
let stored: StoredObject
beforeEach(async () => {
  await fixture.client().put('object', patternBytes(3000), { format: 'floe', segmentLength: SEGMENT })
  stored = await readStored(fixture.oss, 'object')
})

const withSegmentLength = (length: number) => (body: Buffer) => {
  body.writeUInt32BE(length, 2)
  return body
}
const withByte = (at: number, value: number) => (body: Buffer) => {
  body[at] = value
  return body
}

test.each<[string, string, (body: Buffer) => Buffer]>([
  ['segments of 1023 bytes', 'LimitExceeded', withSegmentLength(1023)],
  ['segments of 32 bytes', 'LimitExceeded', withSegmentLength(32)],
  ['segments of 16 MiB and a byte', 'LimitExceeded', withSegmentLength(16 * 1024 * 1024 + 1)],
  ['segments of 2^32 - 1 bytes', 'LimitExceeded', withSegmentLength(2 ** 32 - 1)],
  ['another cipher', 'InvalidFormat', withByte(0, 1)],
  ['another key derivation', 'InvalidFormat', withByte(1, 1)],
  ['an iv of another length', 'InvalidFormat', withByte(9, 16)],
  ['a body that ends in its header', 'IntegrityFailed', (body) => body.subarray(0, 73)],
  ['a body without a segment', 'IntegrityFailed', (body) => body.subarray(0, 74)],
  ['a last segment of 31 bytes', 'IntegrityFailed', (body) => body.subarray(0, 74 + SEGMENT + 31)],
])('%s', async (_title, code, change) => {
  await writeStored(fixture.oss, 'object', { meta: stored.meta, body: change(stored.body) })
  const client = fixture.client()
  fixture.cloud.clearRequests()
  for (const read of [
    () => client.get('object'),
    () => client.get('object', `${fixture.folder}/file`),
    () => client.get('object', `${fixture.folder}/file`, { checkpoint: `${fixture.folder}/checkpoint` }),
    async () => buffer((await client.getStream('object')).stream),
    () => client.verify('object'),
    () => client.getRange('object', { start: 0, end: 3 }),
    () => client.getRange('object', { start: -4 }),
    () => client.openRandomAccess('object'),
    () => client.head('object', { verifyLength: true }),
  ]) {
    const error = await rejection(read())
    expect(error).toBeInstanceOf(OsscryptError)
    expect(error).toMatchObject({ code })
  }
  expect(fixture.operations().filter((operation) => operation.startsWith('kms'))).toEqual([])
  expect(await fixture.files()).toEqual([])
})
