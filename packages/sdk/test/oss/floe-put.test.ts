import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { appendFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import OSS from 'ali-oss'
import type { PutOptions, PutSource } from 'osscrypt/oss'
import { describe, expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { BUCKET, useCloud } from '../support/cloud-fixture.js'
import { upwards } from '../support/fault-matrix.js'
import { endProxiesAfterEach, startRecordingProxy } from '../support/recording-proxy.js'
import { rejection } from '../support/rejection.js'

const fixture = useCloud({ timeout: 500 })
endProxiesAfterEach()
const SEGMENT = 65_536
const format: PutOptions = { format: 'floe', segmentLength: SEGMENT }
const data = patternBytes(400_001)
const streamOf = (bytes: Buffer, length = 10_000) =>
  Readable.from(
    (function* () {
      for (let start = 0; start < bytes.length; start += length) yield bytes.subarray(start, start + length)
    })(),
    { objectMode: false },
  )

async function sources(): Promise<Record<string, () => PutSource>> {
  const path = join(fixture.folder, 'source')
  await writeFile(path, data)
  return {
    bytes: () => data,
    path: () => path,
    stream: () => streamOf(data),
    'web stream': () => Readable.toWeb(streamOf(data)) as never,
  }
}

test.each(['bytes', 'path', 'stream', 'web stream'])('%s are stored in one pass and read back', async (kind) => {
  const source = (await sources())[kind] ?? expect.fail()
  const progress: number[] = []
  await fixture.client().put('object', source(), { ...format, progress: ({ bytes }) => progress.push(bytes) })
  expect(sameBytes((await fixture.client().get('object')).content, data)).toBe(true)
  expect(progress.at(-1)).toBe(74 + data.length + 32 * Math.ceil(data.length / (SEGMENT - 32)))
  expect([...progress].sort((left, right) => left - right)).toEqual(progress)
})

describe.each(['bytes', 'path', 'stream'])('faults during a put of %s', (kind) => {
  test.each(Object.entries(upwards).filter(([, { kind: effect }]) => effect !== 'corrupt'))(
    'a fault that passes: %s',
    async (_name, effect) => {
      const source = (await sources())[kind] ?? expect.fail()
      fixture.cloud.faults.add({ service: 'oss', operation: 'PutObject', effect })
      const client = fixture.client({ idleTimeoutMs: 300 })
      const refuses = effect.kind === 'error' && (effect.status === 403 || effect.status === 404)
      if (refuses) expect(await rejection(client.put('object', source(), format))).toHaveProperty('service', 'oss')
      else {
        await client.put('object', source(), format)
        expect(sameBytes((await fixture.client().get('object')).content, data)).toBe(true)
      }
    },
  )
})

test('an attempt that is repeated repeats no nonce with another plaintext', async () => {
  const proxy = await startRecordingProxy(fixture.cloud.oss.endpoint)
  const store = new OSS({ ...fixture.cloud.ossOptions(BUCKET), endpoint: proxy.endpoint })
  proxy.cutAfter.push(300_000, 100_000, Infinity)
  const path = join(fixture.folder, 'source')
  await writeFile(path, data)
  await fixture.client({ store }).put('object', path, format)
  const puts = proxy.requests.filter(({ method }) => method === 'PUT').map((request) => request.body())
  expect(puts.length).toBe(3)
  const seen = new Map<string, string>()
  for (const body of puts) {
    for (let start = 74; start + SEGMENT <= body.length; start += SEGMENT) {
      const nonce = body.toString('hex', start + 4, start + 16)
      const segment = body.toString('hex', start, start + SEGMENT)
      expect(seen.get(nonce) ?? segment).toBe(segment)
      seen.set(nonce, segment)
    }
  }
  expect(seen.size).toBeGreaterThanOrEqual(6)
})

test.each([
  ['grows', (path: string) => appendFile(path, 'x')],
  ['shrinks', (path: string) => truncate(path, data.length - 1)],
  ['shrinks to a segment', (path: string) => truncate(path, SEGMENT - 32)],
])('a file that %s while it is sent is noticed, and nothing is stored', async (_name, change) => {
  const path = join(fixture.folder, 'source')
  await fixture.oss.delete('object')
  await writeFile(path, data)
  const dataKeys = fixture.dataKeys()
  const generate = dataKeys.generateDataKey.bind(dataKeys)
  // It is opened, and its length known, before the data key is asked for.
  dataKeys.generateDataKey = async (request) => {
    await change(path)
    return generate(request)
  }
  expect(await rejection(fixture.client({ dataKeys }).put('object', path, format))).toMatchObject({
    code: 'SourceChanged',
  })
  expect(await rejection(fixture.oss.head('object'))).toHaveProperty('status', 404)
})

test('formats and segments that are none are misuse', async () => {
  const client = fixture.client()
  fixture.cloud.clearRequests()
  for (const options of [
    { format: 'zip' as never },
    { format: 'gcm', segmentLength: 65_536 },
    { segmentLength: 65_536 },
    { format: 'floe', algorithm: 'AES_GCM_NOPADDING_256' },
  ] as PutOptions[]) {
    expect(await rejection(client.put('object', data, options))).toBeInstanceOf(TypeError)
  }
  for (const segmentLength of [0, -1, 1023, 1.5, NaN, 2 ** 24 + 1, Infinity]) {
    expect(await rejection(client.put('object', data, { ...format, segmentLength }))).toBeInstanceOf(Error)
  }
  expect(fixture.operations().filter((operation) => operation !== 'kms GenerateDataKey')).toEqual([])
})

const built = fileURLToPath(new URL('../../dist/oss.js', import.meta.url))
const script = fileURLToPath(new URL('floe-transfer.mjs', import.meta.url))
const MIB = 1024 * 1024

test.skipIf(!existsSync(built))(
  '200 MB as a stream up and down again take little memory',
  { timeout: 60_000 },
  async () => {
    const settings = {
      ossOptions: fixture.cloud.ossOptions(BUCKET),
      cmkArn: fixture.cmkArn,
      kms: { endpoint: fixture.cloud.kms.endpoint, credentials: fixture.cloud.credentials },
      length: 200 * MIB,
      temporaryFolder: fixture.temporaryFolder,
    }
    const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(settings)])
    const result = JSON.parse(stdout) as { idleMb: number; maxRssMb: number; bytes: number; right: boolean }
    console.info(`floe stream of 200 MB up and down: ${result.maxRssMb} MB, idle ${result.idleMb} MB`)
    expect(result).toMatchObject({ bytes: 200 * MIB, right: true })
    expect(result.maxRssMb - result.idleMb).toBeLessThan(96)
    expect(await fixture.files()).toEqual([])
  },
)
