import { setTimeout as wait } from 'node:timers/promises'
import OSS from 'ali-oss'
import {
  CachingDataKeyProvider,
  FormatError,
  IntegrityError,
  KeyError,
  KmsDataKeyProvider,
  OsscryptError,
} from 'osscrypt'
import type { ObjectStore, PutOptions } from 'osscrypt/oss'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { BUCKET, kmsOptions, useCloud } from '../support/cloud-fixture.js'
import { endProxiesAfterEach, startRecordingProxy } from '../support/recording-proxy.js'
import { rejection } from '../support/rejection.js'
import { SpyDataKeys } from '../support/spy-data-keys.js'
import { ENVELOPE, readStored, writeStored } from '../support/stored-object.js'

const fixture = useCloud()
endProxiesAfterEach()
const data = patternBytes(200_000)
let next: string
let another: string
let abroad: string
beforeAll(async () => {
  next = await fixture.cloud.createKey()
  another = await fixture.cloud.createKey()
  abroad = await fixture.cloud.createKey({ region: 'cn-beijing' })
})

const under = (...arns: string[]) => new KmsDataKeyProvider(arns, kmsOptions(fixture.cloud))
const clientUnder = (...arns: string[]) => fixture.client({ dataKeys: under(...arns) })
const content = async (name: string, ...arns: string[]) => (await clientUnder(...arns).get(name)).content
const kmsOperations = () => fixture.operations().filter((operation) => operation.startsWith('kms'))

async function put(name: string, options: PutOptions): Promise<void> {
  await fixture.client().put(name, data, { encryptionContext: { purpose: 'test' }, ...options })
  fixture.cloud.clearRequests()
}

/** What the types of ali-oss leave out. */
interface Tagging {
  getObjectTagging(name: string): Promise<{ readonly tag: object }>
}

const floe: PutOptions = { format: 'floe', segmentLength: 65_536 }
const formats: readonly [string, PutOptions][] = [
  ['floe', floe],
  ['gcm', {}],
  ['gcm with 128 bits', { algorithm: 'AES_GCM_NOPADDING_128' }],
  ['SM4-GCM', { algorithm: 'SM4_GCM_NOPADDING_128' }],
  ['floe, bound to nothing', { ...floe, bindToObject: false }],
]

describe.each(formats)('%s', (title, options) => {
  const isFloe = title.startsWith('floe')
  beforeEach(() => put('object', options))

  test('an answer that is lost, in another second than the object was stored in, is no change by somebody else', async () => {
    await wait(1100)
    fixture.cloud.faults.add({ service: 'oss', operation: 'CopyObject', effect: { kind: 'drop-answer' } })
    await fixture.client().rewrap('object', { to: [next] })
    expect(fixture.operations().filter((each) => each === 'oss CopyObject').length).toBeGreaterThan(1)
    expect(sameBytes(await content('object', next), data)).toBe(true)
  })

  test('an object comes under another CMK, and no byte of it changes', async () => {
    const before = await readStored(fixture.oss, 'object')
    fixture.cloud.clearRequests()
    const result = await fixture.client().rewrap('object', { to: next })
    expect(result).toMatchObject({ name: 'object', throughKms: isFloe, encryption: { cmkArns: [next] } })
    expect(result.res.status).toBe(200)
    expect(fixture.operations()).toEqual(
      isFloe
        ? ['oss HeadObject', 'kms ReEncrypt', 'oss GetObjectACL', 'oss CopyObject']
        : ['oss HeadObject', 'kms Decrypt', 'kms Encrypt', 'oss GetObjectACL', 'oss CopyObject'],
    )
    const after = await readStored(fixture.oss, 'object')
    expect(sameBytes(after.body, before.body)).toBe(true)
    expect(after.meta[ENVELOPE.iv]).toBe(before.meta[ENVELOPE.iv])
    expect(after.meta[ENVELOPE.authTag]).toBe(before.meta[ENVELOPE.authTag])
    expect(sameBytes(await content('object', next), data)).toBe(true)
    expect(await rejection(content('object', fixture.cmkArn))).toMatchObject({ code: 'NoMatchingKey' })
  })

  test('an object comes under several CMKs, each of which opens it, and back under one', async () => {
    await fixture.client().rewrap('object', { to: [next, another] })
    for (const arn of [next, another]) expect(sameBytes(await content('object', arn), data)).toBe(true)
    const back = await clientUnder(another).rewrap('object', { to: fixture.cmkArn })
    expect(back.encryption.cmkArns).toEqual([fixture.cmkArn])
    expect(sameBytes(await content('object', fixture.cmkArn), data)).toBe(true)
  })

  test('into another region the data key goes by way of this process, and is zeroed', async () => {
    const dataKeys = new SpyDataKeys(fixture.dataKeys())
    for (const to of [under(abroad), under(next, abroad)]) {
      const spied = await fixture.client({ dataKeys }).rewrap('object', { to })
      expect(spied.throughKms).toBe(false)
      expect(sameBytes(await content('object', abroad), data)).toBe(true)
      await put('object', options)
    }
    expect(dataKeys.handedOut.length).toBe(2)
    expect(dataKeys.zeroed).toBe(true)
  })

  test('twice is as once', async () => {
    await fixture.client().rewrap('object', { to: next })
    await fixture.client().rewrap('object', { to: next })
    expect(sameBytes(await content('object', next), data)).toBe(true)
  })

  test('everything else stays', async () => {
    await put('object', {
      ...options,
      meta: { author: 'Ann', header: 'h', empty: '' },
      mime: 'text/x-test',
      headers: {
        'Cache-Control': 'max-age=60',
        'Content-Disposition': 'attachment; filename="a b.txt"',
        'Content-Language': 'de',
        Expires: 'Wed, 21 Oct 2037 07:28:00 GMT',
        'x-oss-storage-class': 'IA',
        'x-oss-tagging': 'team=red&level=2',
        'x-oss-object-acl': 'public-read',
      },
    })
    const kept = async () => {
      const { meta, headers } = await readStored(fixture.oss, 'object')
      const { [ENVELOPE.header]: envelope, ...rest } = meta
      const { date, 'x-oss-request-id': id, 'x-oss-meta-x-oss-meta-header': header, ...others } = headers
      expect([envelope, date, id, header].every((value) => typeof value === 'string')).toBe(true)
      const { acl } = await fixture.oss.getACL('object')
      const { tag } = await (fixture.oss as unknown as Tagging).getObjectTagging('object')
      for (const changing of ['last-modified', 'x-oss-server-time', 'etag']) Reflect.deleteProperty(others, changing)
      return { rest, others, acl, tag }
    }
    const before = await kept()
    expect(before).toMatchObject({ acl: 'public-read', tag: { team: 'red', level: '2' }, rest: { author: 'Ann' } })
    expect(before.others).toMatchObject({ 'content-language': 'de', 'x-oss-storage-class': 'IA' })
    await fixture.client().rewrap('object', { to: next })
    expect(await kept()).toEqual(before)
  })

  test('an object of another name is refused, unless the name is given', async () => {
    await fixture.client().copy('moved', 'object', { keepBinding: true })
    if (options.bindToObject !== false) {
      fixture.cloud.clearRequests()
      expect(await rejection(fixture.client().rewrap('moved', { to: next }))).toMatchObject({ code: 'BindingMismatch' })
      expect(fixture.operations()).toEqual(['oss HeadObject'])
    }
    await fixture.client().rewrap('moved', { to: next, expectedKey: 'object' })
    expect((await clientUnder(next).get('moved', { expectedKey: 'object' })).content.equals(data)).toBe(true)
  })

  test('what the caller does not take is refused before KMS is asked', async () => {
    for (const refused of [{ requiredContext: { purpose: 'other' } }, { requiredContext: { more: '' } }]) {
      expect(await rejection(fixture.client().rewrap('object', { to: next, ...refused }))).toBeInstanceOf(OsscryptError)
    }
    expect(await rejection(clientUnder(another).rewrap('object', { to: next }))).toMatchObject({
      code: 'NoMatchingKey',
    })
    expect(kmsOperations()).toEqual([])
    expect(sameBytes(await content('object', fixture.cmkArn), data)).toBe(true)
  })

  test('more than OSS can keep is refused before anything is sent', async () => {
    await put('object', { ...options, meta: { filler: 'x'.repeat(7100) } })
    const to = [next, ...(await Promise.all(Array.from({ length: 5 }, () => fixture.cloud.createKey())))]
    expect(await rejection(fixture.client().rewrap('object', { to }))).toMatchObject({ code: 'LimitExceeded' })
    expect(fixture.operations()).not.toContain('oss CopyObject')
    expect(sameBytes(await content('object', fixture.cmkArn), data)).toBe(true)
  })

  test('an object that was replaced meanwhile is left alone', async () => {
    const other = patternBytes(10, 7)
    const dataKeys = fixture.dataKeys()
    const to = under(next)
    const replace = async () => {
      await fixture.client().put('object', other)
    }
    const racing = {
      cmkArns: to.cmkArns,
      wrapDataKey: async (request: Parameters<typeof to.wrapDataKey>[0]) => {
        await replace()
        return to.wrapDataKey(request)
      },
      rewrapDataKey: async (request: Parameters<typeof to.rewrapDataKey>[0]) => {
        await replace()
        return to.rewrapDataKey(request)
      },
    }
    expect(await rejection(fixture.client({ dataKeys }).rewrap('object', { to: racing }))).toMatchObject({
      code: 'ObjectChanged',
    })
    expect(sameBytes(await content('object', fixture.cmkArn), other)).toBe(true)
  })

  test('metadata that was changed meanwhile is not undone', async () => {
    const to = under(next)
    const change = async () => {
      const { headers, meta } = await readStored(fixture.oss, 'object')
      // The local OSS counts in seconds, as OSS does.
      await new Promise((resolve) => setTimeout(resolve, 1100))
      await fixture.oss.putMeta('object', { ...meta, author: 'Ben' } as never, {})
      expect(headers['last-modified']).toBeDefined()
    }
    const racing = {
      cmkArns: to.cmkArns,
      wrapDataKey: async (request: Parameters<typeof to.wrapDataKey>[0]) => {
        await change()
        return to.wrapDataKey(request)
      },
      rewrapDataKey: async (request: Parameters<typeof to.rewrapDataKey>[0]) => {
        await change()
        return to.rewrapDataKey(request)
      },
    }
    expect(await rejection(fixture.client().rewrap('object', { to: racing }))).toMatchObject({ code: 'ObjectChanged' })
    expect((await fixture.client().head('object')).meta).toMatchObject({ author: 'Ben' })
  })

  test('a signal ends it at every step', async () => {
    const steps = isFloe
      ? ['oss HeadObject', 'kms ReEncrypt', 'oss GetObjectACL', 'oss CopyObject']
      : ['oss HeadObject', 'kms Decrypt', 'kms Encrypt', 'oss GetObjectACL', 'oss CopyObject']
    const reason = new Error('enough')
    for (const step of steps) {
      const [service, operation] = step.split(' ') as ['oss' | 'kms', string]
      fixture.cloud.faults.add({ service, operation, effect: { kind: 'delay', delayMs: 300 } })
      const controller = new AbortController()
      const rewrapping = rejection(fixture.client().rewrap('object', { to: next, signal: controller.signal }))
      setTimeout(() => {
        controller.abort(reason)
      }, 60)
      expect(await rewrapping).toBe(reason)
      fixture.cloud.faults.clear()
      expect(sameBytes(await content('object', fixture.cmkArn, next), data)).toBe(true)
    }
    expect(await rejection(fixture.client().rewrap('object', { to: next, signal: AbortSignal.abort(reason) }))).toBe(
      reason,
    )
  })
})

describe('what is seen of a floe object', () => {
  beforeEach(() => put('object', floe))

  test('parts of it are read with one request as before', async () => {
    const client = fixture.client({ dataKeys: under(fixture.cmkArn, next) })
    await client.getRange('object', { start: 5, end: 9 })
    await client.rewrap('object', { to: next })
    fixture.cloud.clearRequests()
    const { content: part, verified } = await client.getRange('object', { start: 100_000, end: 100_009 })
    expect(verified).toBe(true)
    expect(sameBytes(part, data.subarray(100_000, 100_010))).toBe(true)
    expect(fixture.operations()).toEqual(['oss GetObject', 'kms Decrypt'])
  })

  test('with `verify` the data key is unwrapped, and envelope and body must belong together', async () => {
    const client = fixture.client()
    expect(await client.rewrap('object', { to: next, verify: true })).toMatchObject({ throughKms: false })
    expect(kmsOperations()).toEqual(['kms Decrypt', 'kms Encrypt'])
    expect(sameBytes(await content('object', next), data)).toBe(true)

    await client.put('secret', data, floe)
    await client.put('bait', data, floe)
    const { body } = await readStored(fixture.oss, 'bait')
    const { meta } = await readStored(fixture.oss, 'secret')
    await writeStored(fixture.oss, 'bait', { body, meta })
    const rejected = await rejection(client.rewrap('bait', { to: next, verify: true, expectedKey: 'secret' }))
    expect(rejected).toBeInstanceOf(IntegrityError)
    expect((await readStored(fixture.oss, 'bait')).meta).toEqual(meta)
  })

  test('KMS is let do it from the CMK that can', async () => {
    await fixture.client({ dataKeys: under(fixture.cmkArn, another) }).put('object', data, floe)
    fixture.cloud.denyKey(fixture.cmkArn)
    try {
      const result = await fixture.client({ dataKeys: under(fixture.cmkArn, another) }).rewrap('object', { to: next })
      expect(result.throughKms).toBe(true)
      const only = await rejection(fixture.client().rewrap('object', { to: under(another) }))
      expect(only).toMatchObject({ code: 'NoMatchingKey' })
    } finally {
      fixture.cloud.permitKey(fixture.cmkArn)
    }
    expect(sameBytes(await content('object', next), data)).toBe(true)
  })

  test('an ARN that was not given is not asked, even if KMS would', async () => {
    const result = await rejection(fixture.client({ dataKeys: under(another) }).rewrap('object', { to: under(next) }))
    expect(result).toBeInstanceOf(KeyError)
    expect(kmsOperations()).toEqual([])
  })

  test('a CMK in a KMS instance has its key by way of this process', async () => {
    const instances = { [next]: { id: 'kst-test', endpoint: fixture.cloud.kms.endpoint } }
    const to = new KmsDataKeyProvider(next, { ...kmsOptions(fixture.cloud), instances })
    expect((await fixture.client().rewrap('object', { to })).throughKms).toBe(false)
    expect(kmsOperations()).toEqual(['kms Decrypt', 'kms Encrypt'])
    expect(sameBytes(await content('object', next), data)).toBe(true)
  })
})

describe('what cannot be rewrapped', () => {
  test('an envelope of which a byte was changed, where the key is seen', async () => {
    await put('object', {})
    const { body, meta } = await readStored(fixture.oss, 'object')
    const header = Buffer.from(meta[ENVELOPE.header] ?? '', 'base64')
    header[header.length - 1] = (header.at(-1) ?? 0) ^ 1
    const changed = { ...meta, [ENVELOPE.header]: header.toString('base64') }
    await writeStored(fixture.oss, 'object', { body, meta: changed })
    expect(await rejection(fixture.client().rewrap('object', { to: next }))).toBeInstanceOf(IntegrityError)
    expect((await readStored(fixture.oss, 'object')).meta).toEqual(changed)
  })

  test('an object that is not there, or not encrypted', async () => {
    await fixture.oss.put('plain', Buffer.from('plain'))
    expect(await rejection(fixture.client().rewrap('none', { to: next }))).toMatchObject({ code: 'NotFound' })
    expect(await rejection(fixture.client().rewrap('plain', { to: next }))).toMatchObject({ code: 'NotEncrypted' })
    expect(kmsOperations()).toEqual([])
  })

  test('metadata that would not arrive as it was', async () => {
    await put('object', floe)
    const { body, meta } = await readStored(fixture.oss, 'object')
    await fixture.oss.put('object', body, {
      meta: meta as never,
      headers: { 'Content-Disposition': 'attachment; filename=\u00fc' },
    })
    expect(await rejection(fixture.client().rewrap('object', { to: next }))).toBeInstanceOf(FormatError)
  })

  test('misuse', async () => {
    const caching = new CachingDataKeyProvider(fixture.dataKeys(), { maxAgeMs: 1000 })
    const asked = () => Promise.reject(new Error('asked'))
    const store: ObjectStore = { put: asked, get: asked, head: asked, delete: asked, copy: asked }
    for (const rewrapping of [
      fixture.client().rewrap('object', { to: [] }),
      fixture.client().rewrap('object', { to: 'not an ARN' }),
      fixture.client().rewrap('object', { to: [next, next] }),
      fixture.client().rewrap('object', { to: {} as never }),
      fixture.client().rewrap('object', {} as never),
      fixture.client().rewrap('', { to: next }),
      fixture.client({ dataKeys: caching }).rewrap('object', { to: next }),
      fixture.client({ store }).rewrap('object', { to: next }),
    ]) {
      expect(await rejection(rewrapping)).toBeInstanceOf(TypeError)
    }
    expect(fixture.operations()).toEqual([])
  })
})

test('unauthenticated algorithms need their option, and keep what they have', async () => {
  const allowed = { allowUnauthenticatedAlgorithms: true }
  await put('object', { ...allowed, algorithm: 'AES_CBC_PKCS5_256' })
  expect(await rejection(fixture.client().rewrap('object', { to: next }))).toMatchObject({ code: 'NotAllowed' })
  await fixture.client().rewrap('object', { to: next, ...allowed })
  expect((await clientUnder(next).get('object', allowed)).content.equals(data)).toBe(true)
})

test('an empty object is rewrapped like any other', async () => {
  for (const format of ['gcm', 'floe'] as const) {
    await fixture.client().put('object', Buffer.alloc(0), { format })
    for (const verify of [false, true]) await fixture.client().rewrap('object', { to: next, verify })
    expect((await content('object', next)).length).toBe(0)
  }
})

test('in a bucket with versions the old version stays under the old CMK', async () => {
  const bucket = 'versioned-rewrap'
  await fixture.cloud.createBucket(bucket)
  const oss = new OSS(fixture.cloud.ossOptions(bucket))
  await (oss as unknown as { putBucketVersioning(name: string, status: string): Promise<unknown> }).putBucketVersioning(
    bucket,
    'Enabled',
  )
  const client = fixture.client({ store: oss })
  const { res } = await client.put('object', data, floe)
  await client.rewrap('object', { to: next })
  const versionId = res.headers['x-oss-version-id']
  expect(versionId).toMatch(/./)
  expect((await client.get('object', { versionId })).content.equals(data)).toBe(true)
  expect(await rejection(client.get('object'))).toMatchObject({ code: 'NoMatchingKey' })
})

test.each([true, false])(
  'what ali-oss adds to the request is no condition (authorizationV4: %s)',
  async (authorizationV4) => {
    await put('object', { ...floe, meta: { author: 'Ann' }, headers: { Expires: 'Wed, 21 Oct 2037 07:28:00 GMT' } })
    const proxy = await startRecordingProxy(fixture.cloud.oss.endpoint)
    const store = new OSS({ ...fixture.cloud.ossOptions(BUCKET), endpoint: proxy.endpoint, authorizationV4 })
    await fixture.client({ store }).rewrap('object', { to: next })
    const copied = proxy.requests.find(({ method }) => method === 'PUT')
    const conditions = Object.keys(copied?.headers ?? {}).filter((header) => /(if-|range$)/.test(header))
    expect(conditions.filter((header) => !header.startsWith('x-oss-copy-source-x-oss-copy-source-')).sort()).toEqual([
      'x-oss-copy-source-if-match',
      'x-oss-copy-source-if-unmodified-since',
    ])
    const names = Object.keys(copied?.headers ?? {})
    expect(names.filter((header) => header.startsWith('x-oss-copy-source-x-oss-meta-'))).toEqual([])
  },
)
