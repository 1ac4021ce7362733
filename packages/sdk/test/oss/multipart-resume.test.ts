import { access, chmod, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ServiceError } from 'osscrypt'
import type { OssEncryptionClientOptions, PutOptions } from 'osscrypt/oss'
import { beforeEach, describe, expect, test } from 'vitest'
import { AliOssStore } from '../../src/store/ali-oss/store.js'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'
import { differingBytes, floeNonces, SpyStore } from '../support/spy-store.js'
import { SpyDataKeys } from '../support/spy-data-keys.js'

const MIB = 1024 * 1024
const SEGMENT = 256 * 1024
const fixture = useCloud()
const data = patternBytes(6 * MIB + 5)
const other = patternBytes(data.length, 2)
const spyStore = () => new SpyStore(new AliOssStore(fixture.oss, 1000))
const clientOf = (store: SpyStore, options: Partial<OssEncryptionClientOptions> = {}) =>
  fixture.client({ store, multipartThreshold: MIB, memoryLimit: MIB, ...options })
const denied = () => new ServiceError('AccessDenied', 'never', { service: 'oss', retryable: false, status: 403 })
const uploads = () => fixture.client().listUploads()
const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

describe.each(['gcm', 'floe'] as const)('%s', (format) => {
  let path: string
  let checkpoint: string
  let options: PutOptions
  beforeEach(async () => {
    path = join(fixture.folder, 'source')
    checkpoint = join(fixture.folder, 'checkpoint')
    await writeFile(path, data)
    options = {
      format,
      checkpoint,
      partLength: MIB,
      meta: { mine: 'yes' },
      ...(format === 'floe' && { segmentLength: SEGMENT }),
    }
    for (const { name, uploadId } of await uploads()) await fixture.client().abortUpload(name, uploadId)
  })

  /** Begins an upload whose part 4 cannot be sent. */
  async function begin(store = spyStore(), clientOptions = {}): Promise<SpyStore> {
    store.atPart = ({ number }) => {
      if (number === 4) throw denied()
    }
    const running = clientOf(store, clientOptions).put('object', path, {
      ...options,
      parallel: 1,
    })
    expect((await rejection(running)).code).toBe('AccessDenied')
    store.atPart = undefined
    expect(await exists(checkpoint)).toBe(true)
    return store
  }

  async function expectStored(bytes: Buffer): Promise<void> {
    expect(sameBytes((await fixture.client().get('object')).content, bytes)).toBe(true)
    expect(await exists(checkpoint)).toBe(false)
    expect(await uploads()).toEqual([])
  }

  function expectNoReuse({ attempts }: SpyStore): void {
    if (format === 'gcm') expect(differingBytes(attempts, MIB)).toEqual([])
    else for (const used of floeNonces(attempts, SEGMENT).values()) expect(used.size).toBe(1)
  }

  test('only the parts that are missing are sent', async () => {
    const store = await begin()
    const first = store.attempts.map(({ number }) => number)
    expect(first).toEqual([1, 2, 3, 4])
    const seen: number[] = []
    const result = await clientOf(store).put('object', path, { ...options, progress: ({ bytes }) => seen.push(bytes) })
    expect(
      store.attempts
        .slice(4)
        .map(({ number }) => number)
        .sort(),
    ).toEqual([4, 5, 6, 7].slice(0, store.attempts.length - 4))
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(seen.at(-1)).toBe(Number((await fixture.client().head('object')).res.headers['content-length']))
    expect(result.encryption.algorithm).toBe(format === 'floe' ? 'FLOE' : 'AES_GCM_NOPADDING_256')
    expect((await fixture.client().head('object')).meta).toEqual({ mine: 'yes' })
    expectNoReuse(store)
    await expectStored(data)
  })

  test("the checkpoint is its owner's, and holds neither key nor plaintext nor a digest of it", async () => {
    const dataKeys = new SpyDataKeys(fixture.dataKeys())
    await begin(spyStore(), { dataKeys })
    expect((await stat(checkpoint)).mode & 0o777).toBe(0o600)
    const text = await readFile(checkpoint, 'utf8')
    const fields = Object.keys(JSON.parse(text) as object).sort()
    expect(fields).toEqual(
      [
        'bucket',
        'file',
        'header',
        'kind',
        'mac',
        'name',
        'options',
        'partLength',
        'parts',
        'path',
        'proof',
        'uploadId',
        'version',
      ].sort(),
    )
    expect(dataKeys.copies).toHaveLength(1)
    expect(dataKeys.zeroed).toBe(true)
    const everything = [text, Buffer.from((JSON.parse(text) as { header: string }).header, 'base64').toString('latin1')]
    for (const key of dataKeys.copies) {
      for (const form of ['base64', 'hex', 'latin1'] as const) {
        for (const one of everything) expect(one).not.toContain(key.toString(form))
      }
    }
    expect(await exists(`${checkpoint}.unfinished`)).toBe(false)
  })

  test.each([
    [
      'other bytes',
      (text: string) => text.replace(/^.*$/s, () => other.toString('latin1', 0, 5000)),
      'CheckpointMismatch',
    ],
    ['nothing', () => '', 'CheckpointMismatch'],
    ['half of it', (text: string) => text.slice(0, text.length / 2), 'CheckpointMismatch'],
    ['something huge', (text: string) => text + ' '.repeat(5 * MIB), 'InvalidFormat'],
    ['JSON of another kind', () => '{"kind":"osscrypt download checkpoint","version":1}', 'CheckpointMismatch'],
    ['null', () => 'null', 'CheckpointMismatch'],
    ['a newer version', (text: string) => text.replace('"version":1', '"version":2'), 'UnsupportedVersion'],
    ['no parts', (text: string) => text.replace('"parts":[', '"ports":['), 'InvalidFormat'],
    [
      'parts that are none',
      (text: string) => text.replace(/"parts":\[.*\]/, '"parts":[{"number":"1"}]'),
      'InvalidFormat',
    ],
    ['a part length of 0', (text: string) => text.replace(/"partLength":\d+/, '"partLength":0'), 'InvalidFormat'],
    ['a header that is none', (text: string) => text.replace(/"header":"[^"]*"/, '"header":"AAAA"'), 'InvalidFormat'],
    ['no proof', (text: string) => text.replace('"proof":{', '"poof":{'), 'InvalidFormat'],
    [
      'a proof that is none',
      (text: string) => text.replace(/"proof":\{"[^"]*":"[^"]*"/, '"proof":{"iv":7'),
      'InvalidFormat',
    ],
    ['another name', (text: string) => text.replace('"name":"object"', '"name":"abject"'), 'CheckpointMismatch'],
    ['another path', (text: string) => text.replace('/source"', '/sauce"'), 'CheckpointMismatch'],
  ])('a checkpoint with %s is refused, and nothing lost', async (_what, edit, code) => {
    const store = await begin()
    const text = await readFile(checkpoint, 'utf8')
    await writeFile(checkpoint, edit(text), 'latin1')
    const before = await readFile(checkpoint)
    const sent = store.attempts.length
    expect((await rejection(clientOf(store).put('object', path, options))).code).toBe(code)
    expect(sameBytes(await readFile(checkpoint), before)).toBe(true)
    expect(store.attempts).toHaveLength(sent)
    expect(await uploads()).toHaveLength(1)
    await writeFile(checkpoint, text)
    await clientOf(store).put('object', path, options)
    expectNoReuse(store)
    await expectStored(data)
  })

  test('a part that was written into the checkpoint is refused, and nothing lost', async () => {
    const store = await begin()
    const text = await readFile(checkpoint, 'utf8')
    const known = JSON.parse(text) as { parts: { number: number }[]; uploadId: string }
    known.parts.push({ ...known.parts[0]!, number: 9 })
    await writeFile(checkpoint, JSON.stringify(known))
    expect((await rejection(clientOf(store).put('object', path, options))).code).toBe('CheckpointMismatch')
    await writeFile(checkpoint, text)
    await clientOf(store).put('object', path, options)
    await expectStored(data)
  })

  test('a file that has changed is refused, or begun anew under a fresh data key', async () => {
    const store = await begin()
    const [{ uploadId } = { uploadId: '' }] = await uploads()
    await writeFile(path, other)
    for (let count = 0; count < 2; count += 1) {
      expect((await rejection(clientOf(store).put('object', path, options))).code).toBe('SourceChanged')
    }
    expect(await exists(checkpoint)).toBe(true)
    expect(store.attempts).toHaveLength(4)
    const keys = new SpyDataKeys(fixture.dataKeys())
    await clientOf(store, { dataKeys: keys }).put('object', path, { ...options, restartIfChanged: true })
    expect(keys.copies.length).toBeGreaterThan(0)
    expect(new Set(store.attempts.map((each) => each.uploadId)).size).toBe(2)
    expect(store.attempts.at(-1)!.uploadId).not.toBe(uploadId)
    const headers = store.attempts
      .filter(({ number }) => number === 1)
      .map(({ bytes }) => bytes.subarray(0, 74).toString('hex'))
    expect(new Set(headers).size).toBe(2)
    await expectStored(other)
  })

  test('a file that has become small is not sent past its checkpoint', async () => {
    const store = await begin()
    await writeFile(path, 'small')
    expect((await rejection(clientOf(store).put('object', path, options))).code).toBe('SourceChanged')
    await clientOf(store).put('object', path, { ...options, restartIfChanged: true })
    await expectStored(Buffer.from('small'))
  })

  test('an upload that OSS has forgotten is begun anew', async () => {
    const store = await begin()
    for (const { name, uploadId } of await uploads()) await fixture.client().abortUpload(name, uploadId)
    await clientOf(store).put('object', path, options)
    await expectStored(data)
  })

  test('an upload that OSS has forgotten when all of its parts were there is begun anew', async () => {
    await fixture.client().delete('object')
    const store = spyStore()
    store.multipart.complete = async () => Promise.reject(denied())
    await rejection(clientOf(store).put('object', path, options))
    for (const { name, uploadId } of await uploads()) await fixture.client().abortUpload(name, uploadId)
    await clientOf(spyStore()).put('object', path, options)
    await expectStored(data)
  })

  test.each([true, false])(
    'an upload that was completed by who was killed then (forbidding overwriting: %s)',
    async (forbid) => {
      await fixture.client().delete('object')
      const headers = forbid ? { 'x-oss-forbid-overwrite': 'true' } : {}
      const store = spyStore()
      const { complete } = store.multipart
      let known = ''
      store.multipart.complete = async (...args) => {
        known = await readFile(checkpoint, 'utf8')
        return complete(...args)
      }
      await clientOf(store).put('object', path, { ...options, headers })
      expect((JSON.parse(known) as { parts: unknown[] }).parts).toHaveLength(store.attempts.length)
      const sent = store.attempts.length
      await writeFile(checkpoint, known)
      await clientOf(store).put('object', path, { ...options, headers })
      expect(store.attempts).toHaveLength(sent)
      await expectStored(data)
    },
  )

  test('who may not use the CMK any more sends nothing, and loses nothing', async () => {
    const store = await begin()
    fixture.cloud.denyKey(fixture.cmkArn)
    const error = await rejection(clientOf(store).put('object', path, options))
    fixture.cloud.permitKey(fixture.cmkArn)
    expect(error.name).toMatch(/^(KeyError|ServiceError)$/)
    expect(store.attempts).toHaveLength(4)
    await clientOf(store).put('object', path, options)
    expectNoReuse(store)
    await expectStored(data)
  })

  test('a checkpoint that cannot be written ends the upload', async () => {
    const into = { ...options, checkpoint: join(fixture.folder, 'none', 'checkpoint') }
    expect((await rejection(clientOf(spyStore()).put('object', path, into))).code).toBe('ENOENT')
    expect(await uploads()).toEqual([])
  })

  test('a checkpoint that is replaced by one for all to read is private again after the next part', async () => {
    const store = await begin()
    await chmod(checkpoint, 0o644)
    let mode = 0
    store.atPart = async ({ number }) => {
      if (number === 7 || number === 6) mode = (await stat(checkpoint)).mode & 0o777
    }
    await clientOf(store).put('object', path, { ...options, parallel: 1 })
    expect(mode).toBe(0o600)
  })
})

describe('gcm', () => {
  test('a file that looks the same and is not is noticed by its tag before a byte is sent', async () => {
    const path = join(fixture.folder, 'source')
    const checkpoint = join(fixture.folder, 'checkpoint')
    await writeFile(path, data)
    const times = new Date(1_700_000_000_000)
    await utimes(path, times, times)
    const store = spyStore()
    store.atPart = ({ number }) => {
      if (number === 4) throw denied()
    }
    const options = { checkpoint, partLength: MIB, parallel: 1 }
    await rejection(clientOf(store).put('object', path, options))
    store.atPart = undefined
    for (const at of [0, 5 * MIB, data.length - 1]) {
      const changed = Buffer.from(data)
      changed[at]! ^= 1
      await writeFile(path, changed)
      await utimes(path, times, times)
      expect((await rejection(clientOf(store).put('object', path, options))).code).toBe('SourceChanged')
    }
    expect(store.attempts).toHaveLength(4)
    await clientOf(store).put('object', path, { ...options, restartIfChanged: true })
    expect((await fixture.client().get('object')).content).toHaveLength(data.length)
    await rm(path)
  })

  test('a checkpoint whose header was made one of CTR is refused: its key stream would be that of the object', async () => {
    const path = join(fixture.folder, 'source')
    const checkpoint = join(fixture.folder, 'checkpoint')
    await writeFile(path, data)
    const store = spyStore()
    store.atPart = ({ number }) => {
      if (number === 2) throw denied()
    }
    const options = { checkpoint, partLength: MIB, parallel: 1 }
    await rejection(clientOf(store).put('object', path, options))
    const { decodeHeader, encodeHeader } = await import('../../src/message/header.js')
    const { algorithmByName } = await import('../../src/crypto/algorithm.js')
    const known = JSON.parse(await readFile(checkpoint, 'utf8')) as Record<string, unknown>
    const header = decodeHeader(Buffer.from(known['header'] as string, 'base64'))
    const ctr = encodeHeader({ ...header, algorithm: algorithmByName('AES_CTR_NOPADDING_256') })
    const proof = known['proof'] as { iv: string }
    const iv = Buffer.concat([Buffer.from(proof.iv, 'base64'), Buffer.from([0, 0, 0, 2])])
    const changed = { iv: iv.toString('base64'), authTag: '' }
    Object.assign(known, { header: Buffer.from(ctr).toString('base64'), proof: changed })
    await writeFile(checkpoint, JSON.stringify(known))
    const sent = store.attempts.length
    const error = await rejection(clientOf(store).put('object', path, options))
    expect(error.code).toBe('CheckpointMismatch')
    expect(store.attempts).toHaveLength(sent)
  })
})
