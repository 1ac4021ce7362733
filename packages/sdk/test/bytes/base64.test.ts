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
  })
})
