import { access, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import OSS from 'ali-oss'
import { ServiceError } from 'osscrypt'
import type { PutOptions } from 'osscrypt/oss'
import { beforeEach, describe, expect, test } from 'vitest'
import { AliOssStore } from '../../src/store/ali-oss/store.js'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'
import { SpyStore } from '../support/spy-store.js'
import { readStored } from '../support/stored-object.js'

// A checkpoint is believed when it was written under the data key of the upload, for the upload that is asked for.

const MIB = 1024 * 1024
const fixture = useCloud()
const data = patternBytes(4 * MIB + 5)
let path = ''
let checkpoint = ''
beforeEach(async () => {
  path = join(fixture.folder, 'source')
  checkpoint = join(fixture.folder, 'checkpoint')
  await writeFile(path, data)
  for (const { name, uploadId } of await fixture.client().listUploads())
    await fixture.client().abortUpload(name, uploadId)
  await fixture.client().delete('object')
})

describe.each<[string, PutOptions]>([
  ['gcm', {}],
  ['floe', { format: 'floe', segmentLength: 256 * 1024 }],
])('%s', (format, formatOptions) => {
  const asked = (): PutOptions => ({
    ...formatOptions,
    checkpoint,
    partLength: MIB,
    parallel: 1,
    encryptionContext: { tenant: 'good' },
    meta: { mine: 'yes' },
    mime: 'text/plain',
    headers: { 'Cache-Control': 'max-age=60' },
  })
  let store: SpyStore
  const put = (options: PutOptions = {}) =>
    fixture.client({ store, multipartThreshold: MIB, memoryLimit: MIB }).put('object', path, { ...asked(), ...options })

  /** Begins an upload whose third part cannot be sent. */
  async function begin(options: PutOptions = {}): Promise<Record<string, unknown>> {
    store = new SpyStore(new AliOssStore(fixture.oss, 1000))
    store.atPart = ({ number }) => {
      if (number === 3) throw new ServiceError('AccessDenied', 'never', { service: 'oss', status: 403 })
    }
    expect((await rejection(put(options))).code).toBe('AccessDenied')
    store.atPart = undefined
    store.attempts.length = 0
    fixture.cloud.clearRequests()
    return JSON.parse(await readFile(checkpoint, 'utf8')) as Record<string, unknown>
  }

  async function expectRefused(code: RegExp, options: PutOptions = {}): Promise<void> {
    const text = await readFile(checkpoint, 'utf8')
    const error = await rejection(put(options))
    expect(error.code).toMatch(code)
    expect(store.attempts).toEqual([])
    expect(fixture.operations().filter((operation) => operation.startsWith('oss'))).toEqual([])
    expect(await readFile(checkpoint, 'utf8')).toBe(text)
  }

  async function expectStored(): Promise<void> {
    const { content } = await fixture.client().get('object', { requiredContext: { tenant: 'good' } })
    expect(sameBytes(content, data)).toBe(true)
    await expect(access(checkpoint)).rejects.toThrow('ENOENT')
    expect(await fixture.client().listUploads()).toEqual([])
  }

  const others: readonly (readonly [string, PutOptions])[] = [
    ['encryption context', { encryptionContext: { tenant: 'evil' } }],
    ['encryption context, an entry more', { encryptionContext: { tenant: 'good', more: '' } }],
    ['binding', { bindToObject: false }],
    ['format', format === 'gcm' ? { format: 'floe' } : { format: 'gcm', segmentLength: undefined }],
    [
      'algorithm or segment length',
      format === 'gcm' ? { algorithm: 'AES_GCM_NOPADDING_128' } : { segmentLength: 64 * 1024 },
    ],
    ['mime', { mime: 'text/html' }],
    ['meta', { meta: { mine: 'no' } }],
    ['headers', { headers: { 'Cache-Control': 'no-store' } }],
    ['headers, one more', { headers: { 'Cache-Control': 'max-age=60', 'x-oss-storage-class': 'IA' } }],
  ]
  test.each(others)('of another %s is refused, either way, and nothing lost', async (_what, options) => {
    await begin()
    await expectRefused(/^CheckpointMismatch$/, options)
    await put()
    await expectStored()
    await fixture.client().delete('object')
    await begin(options)
    await expectRefused(/^CheckpointMismatch$/)
  })

  test('of another bucket is refused', async () => {
    await begin()
    await fixture.cloud.createBucket('osscrypt-other')
    const other = new OSS({ ...fixture.cloud.ossOptions('osscrypt-other') })
    store = new SpyStore(new AliOssStore(other, 1000))
    fixture.cloud.clearRequests()
    await expectRefused(/^CheckpointMismatch$/)
  })

  test('headers of the request that ends the upload may be others', async () => {
    await begin()
    await put({ headers: { 'cache-control': 'max-age=60', 'x-oss-forbid-overwrite': 'true' } })
    await expectStored()
  })

  test('every field is authenticated', async () => {
    const known = await begin()
    const { parts, file } = known as { parts: Record<string, unknown>[]; file: Record<string, unknown> }
    const flip = (text: string) => {
      const bytes = Buffer.from(text, 'base64')
      bytes[bytes.length - 1]! ^= 1
      return bytes.toString('base64')
    }
    const proof = known['proof'] as Record<string, string>
    const [first] = parts
    const edits: object[] = [
      { uploadId: `${String(known['uploadId'])}0` },
      { partLength: 2 * MIB },
      { partLength: null },
      { parts: [] },
      { parts: parts.slice(0, -1) },
      { parts: [{ ...first, etag: '"0"' }, ...parts.slice(1)] },
      { parts: [{ ...first, crc64: '1' }, ...parts.slice(1)] },
      { file: { ...file, changedNs: '1' } },
      { options: known['mac'] },
      { mac: known['options'] },
      { more: 'than there was' },
      { header: flip(known['header'] as string) },
      ...Object.keys(proof).map((name) => ({ proof: { ...proof, [name]: flip(proof[name]!) } })),
      { proof: {} },
    ]
    for (const edit of edits) {
      await writeFile(checkpoint, JSON.stringify({ ...known, ...edit }))
      await expectRefused(/^(CheckpointMismatch|InvalidFormat|IntegrityFailed)$/)
    }
    await writeFile(checkpoint, JSON.stringify(known))
    await put()
    await expectStored()
  })

  test('the key and iv of an older object are not used again', async () => {
    await fixture
      .client()
      .put('object', patternBytes(5 * MIB, 3), { ...formatOptions, encryptionContext: { tenant: 'good' } })
    const { meta, body } = await readStored(fixture.oss, 'object')
    const known = await begin()
    const older = {
      header: meta['x-oss-meta-header'],
      proof:
        format === 'gcm'
          ? { iv: meta['x-oss-meta-iv'], authTag: meta['x-oss-meta-authtag'] }
          : { floeHeader: body.subarray(0, 74).toString('base64') },
    }
    expect(older.header).toBeTypeOf('string')
    await writeFile(checkpoint, JSON.stringify({ ...known, ...older }))
    await expectRefused(/^CheckpointMismatch$/)
  })

  test('an empty upload id is refused: it would be the object that is deleted', async () => {
    await fixture.client().put('object', Buffer.from('there before'))
    const known = await begin()
    await writeFile(checkpoint, JSON.stringify({ ...known, uploadId: '' }))
    await writeFile(path, 'changed')
    await expectRefused(/^InvalidFormat$/, { restartIfChanged: true })
    expect((await fixture.client().get('object')).content.toString()).toBe('there before')
  })

  test('a part that somebody else sent meanwhile is told apart, and begun anew when that is asked for', async () => {
    const { uploadId } = (await begin()) as { uploadId: string }
    const replaced = new AliOssStore(fixture.oss, 1000).multipart
    const bytes = patternBytes(MIB, 9)
    await replaced.uploadPart(
      'object',
      uploadId,
      2,
      { length: MIB, rereadable: true, open: () => Readable.from([bytes]) },
      {},
    )
    for (let count = 0; count < 2; count += 1) {
      const error = await rejection(put())
      expect(error.code).toBe('CheckpointMismatch')
      expect((error.cause as ServiceError).serviceCode).toBe('InvalidPart')
    }
    await put({ restartIfChanged: true })
    await expectStored()
  })
})
