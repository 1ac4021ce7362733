import { buffer } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { EncryptionSdk, type AlgorithmName } from 'osscrypt'
import type { PutOptions } from 'osscrypt/oss'
import { describe, expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { SpyDataKeys } from '../support/spy-data-keys.js'
import { readStored, type StoredObject } from '../support/stored-object.js'
import { inspect, python, recover, runAlone, type Given } from './python-reader.js'

// What this library wrote, and what became of it, read by the recovery reader.

const fixture = useCloud()
const SEGMENT = 1024
const floe: PutOptions = { format: 'floe', segmentLength: SEGMENT }
const CAPACITY = SEGMENT - 32

/** An object that was put, with its data key, as the reader takes it. */
async function put(data: Uint8Array, options: PutOptions): Promise<Given & { readonly stored: StoredObject }> {
  const dataKeys = new SpyDataKeys(fixture.dataKeys())
  await fixture.client({ dataKeys }).put('folder/object', data, options)
  const stored = await readStored(fixture.oss, 'folder/object')
  return { stored, body: stored.body, metadata: stored.headers, dataKey: dataKeys.copies[0]! }
}

async function expectRefused(given: Given): Promise<void> {
  const { code, stderr, left } = await recover(given)
  expect([code, left]).toEqual([1, []])
  expect(stderr).toMatch(/^Refused: [^\n]+\n$/)
}

const flipped = (bytes: Uint8Array, at: number) => {
  const copy = Buffer.from(bytes)
  copy[at]! ^= 1
  return copy
}

describe.skipIf(python === undefined)('the recovery reader', { timeout: 60_000 }, () => {
  test.each<[string, PutOptions]>([
    ['gcm', {}],
    ['floe', floe],
    ['message-body', { format: 'message-body' }],
    ['message-body, as a stream,', { format: 'message-body', messageForm: 'stream' }],
  ])('reads %s objects of every length', async (_format, options) => {
    for (const length of [0, 1, CAPACITY, CAPACITY + 1, 3 * CAPACITY, 2_100_000]) {
      const data = patternBytes(length)
      const given = await put(data, { ...options, encryptionContext: { b: '2', aa: '1', '\u{10000}': '\uffff' } })
      const { code, stderr, plaintext } = await recover({ ...given, options: ['--name', 'folder/object'] })
      expect([length, code]).toEqual([length, 0])
      expect(stderr).toContain('"osscrypt:object": "folder/object"')
      expect(sameBytes(plaintext ?? new Uint8Array(1), data)).toBe(true)
    }
  })

  test.each(['AES_CBC_PKCS5_128', 'AES_CTR_NOPADDING_256', 'SM4_GCM_NOPADDING_128', 'SM4_CBC_NOPADDING_128'] as const)(
    'reads %s objects',
    async (algorithm) => {
      const data = patternBytes(4096)
      const given = await put(data, { algorithm, allowUnauthenticatedAlgorithms: true })
      const isVerified = algorithm.includes('GCM')
      if (!isVerified) await expectRefused(given)
      const options = isVerified ? [] : ['--allow-unauthenticated']
      expect((await recover({ ...given, options })).plaintext).toEqual(Buffer.from(data))
      const stale = await put(data, { algorithm, allowUnauthenticatedAlgorithms: true })
      await expectRefused({ ...given, dataKey: stale.dataKey, options })
    },
  )

  test('reads ranges, of floe objects of the segments that are needed alone', async () => {
    const data = patternBytes(3 * CAPACITY + 100)
    for (const given of [await put(data, floe), await put(data, {})]) {
      for (const [range, start, end] of [
        ['0-0', 0, 1],
        [`${CAPACITY - 1}-${CAPACITY}`, CAPACITY - 1, CAPACITY + 1],
        ['17-', 17, data.length],
        ['-5', data.length - 5, data.length],
        [`-${2 * data.length}`, 0, data.length],
        [`2000-${3 * data.length}`, 2000, data.length],
      ] as const) {
        const { plaintext } = await recover({ ...given, options: [`--range=${range}`] })
        expect([range, plaintext]).toEqual([range, Buffer.from(data.subarray(start, end))])
      }
      await expectRefused({ ...given, options: [`--range=${data.length}-`] })
    }
    const given = await put(data, floe)
    const broken = { ...given, body: flipped(given.body, 74 + 2 * SEGMENT + 50) }
    const whole = { ...broken, options: ['--range', `0-${2 * CAPACITY - 1}`] }
    expect((await recover(whole)).plaintext).toEqual(Buffer.from(data.subarray(0, 2 * CAPACITY)))
    await expectRefused({ ...broken, options: ['--range', `0-${2 * CAPACITY}`] })
    const cut = { ...given, body: given.body.subarray(0, 74 + 2 * SEGMENT) }
    await expectRefused({ ...cut, options: ['--range', '5-'] })
  })

  test.each<[string, PutOptions]>([
    ['gcm', {}],
    ['floe', floe],
  ])('refuses %s objects that were changed', async (format, options) => {
    const given = await put(patternBytes(3000), options)
    const { body, stored } = given
    for (const at of [0, 1, 2, 40, 73, 75, 90, body.length - 1])
      await expectRefused({ ...given, body: flipped(body, at) })
    await expectRefused({ ...given, body: body.subarray(0, -1) })
    await expectRefused({ ...given, body: Buffer.concat([body, Buffer.alloc(1)]) })
    await expectRefused({ ...given, options: ['--name', 'other'] })
    await expectRefused({ ...given, metadata: {} })
    const other = await put(patternBytes(3000), options)
    await expectRefused({ ...given, dataKey: other.dataKey })
    await expectRefused({ ...given, body: other.body })
    const header = Buffer.from(stored.meta['x-oss-meta-header']!, 'base64')
    for (let at = 0; at < header.length; at += 23) {
      const metadata = { ...stored.headers, 'x-oss-meta-x-oss-meta-header': flipped(header, at).toString('base64') }
      const { code, plaintext } = await recover({ ...given, metadata })
      // The wrapped keys of a floe object can be replaced.
      if (format === 'gcm' || code !== 0) expect([at, code, plaintext]).toEqual([at, 1, undefined])
      else expect(plaintext).toEqual(Buffer.from(patternBytes(3000)))
    }
    if (format === 'floe') {
      const swapped = Buffer.concat([
        body.subarray(0, 74),
        body.subarray(74 + SEGMENT, 74 + 2 * SEGMENT),
        body.subarray(74, 74 + SEGMENT),
        body.subarray(74 + 2 * SEGMENT),
      ])
      await expectRefused({ ...given, body: swapped })
      await expectRefused({ ...given, body: body.subarray(0, 74 + 2 * SEGMENT) })
    }
  })

  test.each<AlgorithmName>(['AES_GCM_NOPADDING_256', 'SM4_GCM_NOPADDING_128', 'AES_CBC_PKCS5_256'])(
    'reads messages and streams under %s',
    async (algorithm) => {
      const data = patternBytes(70_001)
      const encryptionContext = { name: '值' }
      const settings = { algorithm, encryptionContext, allowUnauthenticatedAlgorithms: true }
      const options = algorithm.includes('GCM') ? [] : ['--allow-unauthenticated']
      for (const write of [
        async (sdk: EncryptionSdk) => (await sdk.encrypt(data, settings)).message,
        (sdk: EncryptionSdk) => buffer(Readable.from([data]).pipe(sdk.encryptStream(settings))),
      ]) {
        const dataKeys = new SpyDataKeys(fixture.dataKeys())
        const given = { body: await write(new EncryptionSdk({ dataKeys })), dataKey: dataKeys.copies[0]!, options }
        expect((await recover(given)).plaintext).toEqual(Buffer.from(data))
        await expectRefused({ ...given, body: given.body.subarray(0, -1) })
        await expectRefused({ ...given, body: flipped(given.body, 130) })
      }
    },
  )

  test('says what KMS has to be asked, and takes metadata as lines', async () => {
    const { stored, body, dataKey } = await put(patternBytes(10), { ...floe, encryptionContext: { team: 'a' } })
    const metadata = Object.entries(stored.headers)
      .map(([name, value]) => `${name.toUpperCase()}: ${value}\r\n`)
      .join('')
    const { code, stdout } = await inspect({ body, metadata })
    expect(code).toBe(0)
    const said = JSON.parse(stdout) as { wrappedKeys: { cmk: string; ciphertextBlob: string }[] }
    expect(said).toMatchObject({
      what: 'FLOE object',
      verified: false,
      algorithm: 'FLOE',
      encryptionContext: { team: 'a', 'osscrypt:object': 'folder/object' },
      kmsEncryptionContext: { team: 'a' },
      wrappedKeys: [{ cmk: fixture.cmkArn }],
    })
    expect(stdout).not.toContain('kmsEncryptionContext": {\n    "osscrypt')
    const ciphertextBlob = Buffer.from(said.wrappedKeys[0]!.ciphertextBlob, 'base64')
    const unwrapped = await fixture.dataKeys().decryptDataKey({
      algorithm: { name: 'FLOE', keyLength: 32 } as never,
      encryptionContext: { team: 'a' },
      encryptedDataKeys: [{ keyArn: fixture.cmkArn, ciphertextBlob }],
    })
    expect(Buffer.from(unwrapped!)).toEqual(Buffer.from(dataKey as Uint8Array))
    const answer = await recover({ body, metadata, dataKey: Buffer.from(unwrapped!).toString('base64') + '\n' })
    expect(answer.plaintext).toEqual(Buffer.from(patternBytes(10)))
  })

  test('is a program with a help, and an exit code for a wrong command line', () => {
    const help = runAlone(['--help'])
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toContain('inspect')
    expect(runAlone(['decrypt', '--help']).stdout).toContain('--allow-unauthenticated')
    expect(runAlone([]).code).toBe(2)
    const missing = runAlone(['inspect', '/nowhere/at/all'])
    expect(missing.code).toBe(1)
    expect(missing.stderr).toMatch(/^Refused: [^\n]+\n$/)
  })
})
