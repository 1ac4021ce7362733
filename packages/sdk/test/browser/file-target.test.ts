import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { canRunPages } from './chromium.js'
import { run, usePage } from './page-fixture.js'

const MIB = 1024 * 1024
const fixture = usePage()

describe.skipIf(!canRunPages).each(['gcm', 'floe'] as const)(
  'a download into a file in Chromium: %s',
  { timeout: 120_000 },
  (format) => {
    const data = patternBytes(17 * MIB + 7)
    const sha256 = createHash('sha256').update(data).digest('hex')
    const put = () => fixture.client.put('object', data, { format })

    test.each([
      ['by its handle', {}],
      ['by its name in a directory', { byName: true }],
      ['in parts', { partLength: 3 * MIB, parallel: 3 }],
      ['in one stream', { parallel: 1 }],
    ])('has the bytes of the object: %s', async (_how, options) => {
      await put()
      fixture.cloud.clearRequests()
      expect((await run(fixture.page, 'getInto', 'object', 'own.bin', options)).error).toBeUndefined()
      expect((await run(fixture.page, 'look', 'own.bin')).result).toEqual({ length: data.length, sha256 })
      const fetched = fixture.requests().filter((operation) => operation === 'GetObject')
      if ('parallel' in options && options.parallel === 1) expect(fetched).toHaveLength(1)
      else expect(fetched.length).toBeGreaterThan(2)
    })

    test('of nothing is empty', async () => {
      await fixture.client.put('empty', Buffer.alloc(0), { format })
      expect((await run(fixture.page, 'getInto', 'empty', 'own.bin', { byName: true })).error).toBeUndefined()
      expect((await run(fixture.page, 'look', 'own.bin')).result).toMatchObject({ length: 0 })
    })

    test('of a tampered object leaves no file, and one that was there as it was', async () => {
      await put()
      const corrupt = () =>
        fixture.cloud.faults.add({
          service: 'oss',
          operation: 'GetObject',
          times: Infinity,
          effect: { kind: 'corrupt', atByte: 500_000 },
        })
      corrupt()
      const tampered = await run(fixture.page, 'getInto', 'object', 'own.bin', { byName: true })
      expect(tampered.error).toMatchObject({ name: 'IntegrityError', code: 'IntegrityFailed' })
      expect((await run(fixture.page, 'look', 'own.bin')).result).toBeNull()
      fixture.cloud.faults.clear()
      await run(fixture.page, 'write', 'own.bin', 5000, 1)
      const before = (await run(fixture.page, 'look', 'own.bin')).result
      corrupt()
      for (const byName of [true, false]) {
        const again = await run(fixture.page, 'getInto', 'object', 'own.bin', { byName })
        expect(again.error).toMatchObject({ code: 'IntegrityFailed' })
        expect((await run(fixture.page, 'look', 'own.bin')).result).toEqual(before)
      }
    })

    test('of what is not there makes no file', async () => {
      const { error } = await run(fixture.page, 'getInto', 'nothing', 'own.bin', { byName: true })
      expect(error).toMatchObject({ code: 'NotFound' })
      expect((await run(fixture.page, 'look', 'own.bin')).result).toBeNull()
    })

    test('for which there is no room leaves no file', async () => {
      await put()
      const session = await fixture.context.newCDPSession(fixture.page)
      const origin = new URL(fixture.page.url()).origin
      await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 2 * MIB })
      const { error } = await run(fixture.page, 'getInto', 'object', 'own.bin', { byName: true })
      expect(error).toMatchObject({ name: 'QuotaExceededError' })
      expect((await run(fixture.page, 'look', 'own.bin')).result).toBeNull()
    })
  },
)
