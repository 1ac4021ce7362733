import OSS from 'ali-oss'
import { createHash } from 'node:crypto'
import { createCRC64 } from 'hash-wasm'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { inspect } from 'node:util'
import { KmsDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { startLocalCloud, type FaultEffect, type LocalCloud } from 'osscrypt-local'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BUCKET, silenceUrllib } from '../support/cloud-fixture.js'
import { endProxiesAfterEach, startRecordingProxy } from '../support/recording-proxy.js'
import { SpyDataKeys } from '../support/spy-data-keys.js'
import { readStored, writeStored } from '../support/stored-object.js'

const credentials = {
  accessKeyId: 'STS.Canary',
  accessKeySecret: 'canary-SECRET-of-the-key',
  securityToken: 'canary+TOKEN/of==sts',
}
const plaintext = Buffer.from(`canary-PLAINTEXT ${'that nobody may see '.repeat(50)}`)

let cloud: LocalCloud
let cmkArn: string
let temporaryFolder: string
beforeAll(async () => {
  silenceUrllib()
  cloud = await startLocalCloud({ buckets: [BUCKET], accessKeys: [credentials] })
  cmkArn = await cloud.createKey()
  temporaryFolder = cloud.folder
})
afterAll(() => cloud.close())
endProxiesAfterEach()

/** @param waitMs How long answers are waited for: not long, where some never come. */
function makeClient(
  store = new OSS({ ...cloud.ossOptions(BUCKET), timeout: 300 }),
  waitMs = 300,
): {
  client: OssEncryptionClient
  dataKeys: SpyDataKeys
  store: OSS
} {
  const kms = {
    endpoint: cloud.kms.endpoint,
    credentials,
    retry: { maxAttempts: 2, delayMs: () => 1 },
    timeoutMs: waitMs,
  }
  const dataKeys = new SpyDataKeys(new KmsDataKeyProvider(cmkArn, kms))
  const client = new OssEncryptionClient({
    store,
    dataKeys,
    retry: { maxAttempts: 2, delayMs: () => 1 },
    idleTimeoutMs: waitMs,
    temporaryFolder,
  })
  return { client, dataKeys, store }
}

/** Every text that can be got out of an error. */
function texts(error: unknown): string {
  const parts: string[] = []
  for (let current = error; current instanceof Error; current = current.cause) {
    parts.push(
      current.message,
      current.stack ?? '',
      JSON.stringify(current),
      JSON.stringify(current, Object.getOwnPropertyNames(current)),
    )
  }
  parts.push(
    inspect(error, { depth: 10, showHidden: true, getters: true, maxStringLength: Infinity, maxArrayLength: Infinity }),
    String(error),
  )
  return parts.join('\n')
}

/** The forms in which a secret could be written. */
function forms(secret: Uint8Array | string): string[] {
  const bytes = Buffer.from(secret as string)
  return [
    bytes.toString('latin1'),
    bytes.toString('base64'),
    bytes.toString('hex'),
    inspect(bytes).slice(8, 60),
    encodeURIComponent(bytes.toString('latin1')),
  ]
}

const effects: readonly (readonly ['kms' | 'oss', FaultEffect])[] = (['kms', 'oss'] as const).flatMap((service) =>
  (
    [
      { kind: 'throttle' },
      { kind: 'error', status: 500 },
      { kind: 'error', status: 403 },
      { kind: 'error', status: 404 },
      { kind: 'html' },
      { kind: 'drop-answer' },
      { kind: 'stall', afterBytes: 0 },
      { kind: 'stall', afterBytes: 30 },
      { kind: 'cut', of: 'answer', afterBytes: 30 },
      { kind: 'cut', of: 'request', afterBytes: 0 },
      { kind: 'corrupt', atByte: 0 },
      { kind: 'corrupt', atByte: 60 },
    ] as const
  ).map((effect) => [service, effect] as const),
)

test.each(effects)('no error holds a secret: %s, %j', async (service, effect) => {
  const { client, dataKeys } = makeClient()
  await client.put('object', plaintext)
  await client.put('unbound', plaintext, { bindToObject: false })
  cloud.faults.add({ service, effect, times: Infinity })
  const large = Buffer.concat(Array.from({ length: 400 }, () => plaintext))
  const errors: unknown[] = []
  for (const run of [
    () => client.put('other', plaintext),
    () => client.put('other', Readable.from([large])),
    () => client.get('object'),
    () => client.get('object', join(temporaryFolder, 'file')),
    () => client.getStream('object').then(({ stream }) => buffer(stream)),
    () => client.getRange('object', { start: 1 }, { allowUnverifiedRange: true }),
    () => client.head('object'),
    () => client.copy('copy', 'unbound'),
    () => client.copy('copy', 'object'),
    () => client.delete('other'),
  ]) {
    await run().catch((error: unknown) => errors.push(error))
  }
  cloud.faults.clear()
  expect(errors.length).toBeGreaterThan(0)
  expect(dataKeys.zeroed).toBe(true)
  const secrets = [
    credentials.accessKeySecret,
    credentials.securityToken,
    plaintext.subarray(0, 40),
    ...dataKeys.copies,
  ].flatMap(forms)
  for (const error of errors) {
    const text = texts(error)
    for (const secret of secrets) expect(text.includes(secret), `${secret} in ${String(error)}`).toBe(false)
    expect(text).not.toMatch(/Signature=|signature=|Authorization|authorization|OSS [\w.]+:[\w+/=]{20}/)
  }
})

test('no error of a tampered object holds a secret', async () => {
  const { client, dataKeys, store } = makeClient()
  await client.put('object', plaintext)
  const stored = await readStored(store, 'object')
  const errors: unknown[] = []
  for (const index of [0, 500, stored.body.length - 1]) {
    const body = Buffer.from(stored.body)
    body[index]! ^= 1
    await writeStored(store, 'object', { body, meta: stored.meta })
    for (const run of [() => client.get('object'), () => client.getStream('object'), () => client.copy('b', 'object')])
      await run().catch((error: unknown) => errors.push(error))
  }
  expect(errors).toHaveLength(9)
  expect(dataKeys.zeroed).toBe(true)
  for (const error of errors)
    for (const secret of [plaintext.subarray(0, 30), ...dataKeys.copies].flatMap(forms))
      expect(texts(error)).not.toContain(secret)
})

test('data keys are zeroed after every success', async () => {
  const { client, dataKeys } = makeClient()
  await client.put('object', plaintext)
  await client.get('object')
  await client.get('object', join(temporaryFolder, 'file'))
  await client.copy('other', 'object')
  const { stream } = await client.getStream('object')
  expect(await buffer(stream)).toEqual(plaintext)
  expect(dataKeys.handedOut).toHaveLength(6)
  expect(dataKeys.zeroed).toBe(true)
})

test.each([false, true])(
  'no request carries the plaintext, a key, or a hash of the plaintext (signature version 4: %s)',
  async (authorizationV4) => {
    const proxy = await startRecordingProxy(cloud.oss.endpoint)
    const store = new OSS({ ...cloud.ossOptions(BUCKET), endpoint: proxy.endpoint, authorizationV4 })
    const { client, dataKeys } = makeClient(store, 30_000)
    const large = Buffer.concat(Array.from({ length: 700 }, () => plaintext))
    for (const content of [plaintext, large]) {
      await client.put('object', content)
      await client.put('object', Readable.from([content]))
      await client.get('object')
      await client.copy('copy', 'object')
    }
    const forbidden = [
      ...dataKeys.copies.flatMap(forms),
      credentials.accessKeySecret,
      ...forms(plaintext.subarray(0, 40)),
    ]
    for (const content of [plaintext, large]) {
      for (const algorithm of ['md5', 'sha1', 'sha256', 'sha512']) {
        const digest = createHash(algorithm).update(content).digest()
        forbidden.push(digest.toString('hex'), digest.toString('base64'))
      }
      const crc = await createCRC64()
      const hex = crc.init().update(content).digest('hex')
      forbidden.push(hex, BigInt(`0x${hex}`).toString(), Buffer.from(hex, 'hex').toString('base64'))
    }
    expect(proxy.requests.length).toBeGreaterThan(8)
    for (const { method, url, rawHeaders, body } of proxy.requests) {
      const wire = [method, url, ...rawHeaders, body().toString('latin1')].join('\n').toLowerCase()
      for (const text of forbidden) expect(wire.includes(text.toLowerCase()), text).toBe(false)
    }
  },
)
