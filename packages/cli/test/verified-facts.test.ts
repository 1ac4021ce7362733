import { writeFileSync } from 'node:fs'
import { createServer, request as sendRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import OSS from 'ali-oss'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bench } from './command.js'

const HEADER = 'x-oss-meta-x-oss-meta-header'
let bench: Bench
let proxy: Server
/** The envelope that HEAD shows, in place of every object's own. */
let shown: string | undefined
beforeAll(async () => {
  bench = await Bench.open()
  writeFileSync(bench.path('a.txt'), '0123456789')
  writeFileSync(bench.path('empty'), '')
  for (const format of ['gcm', 'floe']) {
    await bench.run('cp', 'a.txt', `oss://my-bucket/${format}`, '--format', format, '--context', 'tenant=good')
    await bench.run('cp', 'a.txt', `oss://my-bucket/evil-${format}`, '--format', format, '--context', 'tenant=EVIL')
  }
  await bench.run('cp', 'empty', 'oss://my-bucket/empty')
  const { hostname, port } = new URL(bench.cloud.oss.endpoint)
  proxy = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming
    const passedOn = sendRequest({ hostname, port, method, path: url, headers }, (answer) => {
      const lie = method === 'HEAD' && shown !== undefined && HEADER in answer.headers
      outgoing.writeHead(answer.statusCode ?? 0, { ...answer.headers, ...(lie && { [HEADER]: shown }) })
      answer.pipe(outgoing)
    })
    incoming.pipe(passedOn)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
}, 60_000)
afterAll(async () => {
  proxy.closeAllConnections()
  proxy.close()
  await bench.close()
})

const inspect = (...args: string[]) =>
  bench.run('inspect', '--endpoint', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, '--json', ...args)

test.each(['gcm', 'floe'])(
  'inspect --verify prints what it has verified of a %s object',
  { timeout: 60_000 },
  async (format) => {
    const oss = new OSS(bench.cloud.ossOptions('my-bucket'))
    const { res } = await oss.head(`evil-${format}`)
    shown = (res.headers as Record<string, string>)[HEADER]
    try {
      const required = ['--required-context', 'tenant=good', '--require-binding']
      const { code, json, stdout } = await inspect('--verify', ...required, `oss://my-bucket/${format}`)
      expect(code).toBe(0)
      expect(stdout).not.toContain('EVIL')
      expect(json).toEqual([
        {
          type: 'inspect',
          object: `oss://my-bucket/${format}`,
          format,
          integrity: format === 'floe' ? 'segments' : 'whole',
          algorithm: format === 'floe' ? 'FLOE' : 'AES_GCM_NOPADDING_256',
          cmks: [bench.cmk],
          regions: ['cn-hangzhou'],
          accounts: [expect.stringMatching(/^\d+$/)],
          encryptionContext: { tenant: 'good', 'osscrypt:object': format },
          boundTo: format,
          // That of a gcm object is verified by reading all of it only.
          ...(format === 'floe' && { length: 10 }),
          envelope: 'verified',
        },
      ])
      expect((await inspect('--verify', '--required-context', 'tenant=EVIL', `oss://my-bucket/${format}`)).code).toBe(5)
    } finally {
      shown = undefined
    }
  },
)

test('inspect without --verify refuses requirements that it cannot meet', { timeout: 60_000 }, async () => {
  for (const required of [['--required-context', 'tenant=good'], ['--require-binding'], ['--expected-key', 'gcm']]) {
    const refused = await inspect(...required, 'oss://my-bucket/gcm')
    expect(refused.code).toBe(2)
    expect(refused.json).toMatchObject([{ type: 'error', hint: expect.stringContaining('--verify') as string }])
  }
  expect((await inspect('oss://my-bucket/gcm')).json).toMatchObject([{ length: 10, envelope: 'not verified' }])
  expect((await inspect('--verify', 'oss://my-bucket/empty')).json).toMatchObject([{ length: 0, envelope: 'verified' }])
})

test(
  'cat prints the first bytes of a floe object to who would take unverified ones, too',
  { timeout: 60_000 },
  async () => {
    const printed = await bench.run('cat', '--range', '0-4', '--allow-unverified-range', 'oss://my-bucket/floe')
    expect(printed).toMatchObject({ code: 0, stdout: '01234', stderr: '' })
  },
)
