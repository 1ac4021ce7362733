import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type * as Base64 from '../../src/bytes/base64.js'
import { patternBytes } from '../support/bytes.js'

describe.each(['Node', 'a browser'])('base64 in %s', (where) => {
  let base64: typeof Base64
  beforeEach(async () => {
    vi.resetModules()
    if (where === 'a browser') vi.stubGlobal('Buffer', undefined)
    base64 = await import('../../src/bytes/base64.js')
    vi.unstubAllGlobals()
  })
  afterEach(() => vi.restoreAllMocks())

  test('there and back', () => {
    const btoa = vi.spyOn(globalThis, 'btoa')
    for (const length of [0, 1, 2, 3, 4, 255, 8191, 8192, 8193, 20_000]) {
      const bytes = patternBytes(length, length + 1)
      const text = base64.encodeBase64(new Uint8Array(bytes))
      expect(text).toBe(bytes.toString('base64'))
      const back = base64.decodeBase64(text)
      expect(back).toEqual(new Uint8Array(bytes))
      expect(Object.getPrototypeOf(back)).toBe(Uint8Array.prototype)
      expect(back.byteLength).toBe(back.buffer.byteLength)
      const ascii = base64.encodeBase64Bytes(bytes)
      expect(Buffer.from(ascii).toString()).toBe(text)
      expect(ascii.byteLength).toBe(ascii.buffer.byteLength)
      expect(base64.decodeBase64(ascii)).toEqual(new Uint8Array(bytes))
    }
    expect(btoa.mock.calls.length > 0).toBe(where === 'a browser')
  })

  test('part of a buffer', () => {
    expect(base64.encodeBase64(Uint8Array.of(9, 1, 2, 3, 9).subarray(1, 4))).toBe('AQID')
  })

  test.each([
    'A',
    'AA',
    'AAA',
    'AA=',
    'AAAA=',
    'AB==',
    'AAB=',
    'AA==AA==',
    ' AAAA',
    'AAAA\n',
    'AA AA',
    '-_-_',
    'é===',
    'A===',
    '====',
  ])('no text of any bytes: %j', (text) => {
    expect(() => base64.decodeBase64(text)).toThrow(expect.objectContaining({ name: 'FormatError' }))
    expect(() => base64.decodeBase64(Buffer.from(text))).toThrow(expect.objectContaining({ name: 'FormatError' }))
  })

  test('a text is taken when it is the one that its bytes have, and not else', () => {
    const likely = fc.string({
      unit: fc.constantFrom('A', 'B', '/', '+', '9', 'z', '=', '_', '-', ' ', '\n', '\u0141'),
      maxLength: 12,
    })
    fc.assert(
      fc.property(likely, (text) => {
        const canonical = Buffer.from(text, 'base64').toString('base64') === text
        if (canonical) expect(Buffer.from(base64.decodeBase64(text)).toString('base64')).toBe(text)
        else expect(() => base64.decodeBase64(text)).toThrow(expect.objectContaining({ code: 'InvalidFormat' }))
      }),
      { numRuns: 2000 },
    )
  })

  test('what was decoded is in no memory that others share', () => {
    const secret = Uint8Array.from({ length: 32 }, (_, index) => 200 - index * 3)
    const text = base64.encodeBase64(secret)
    for (let count = 0; count < 20; count += 1) {
      base64.decodeBase64(text)
      base64.decodeBase64(base64.encodeBase64Bytes(secret))
    }
    const pool = Buffer.from(Buffer.from('a').buffer)
    expect(pool.byteLength).toBe(Buffer.poolSize)
    expect(pool.indexOf(secret)).toBe(-1)
    expect(pool.indexOf(text, 0, 'latin1')).toBe(-1)
  })
})
