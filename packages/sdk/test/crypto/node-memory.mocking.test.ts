import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type * as NodeMemory from '../../src/crypto/node-memory.js'

let keepFreedMemory: typeof NodeMemory.keepFreedMemory
beforeEach(async () => {
  vi.resetModules()
  ;({ keepFreedMemory } = await import('../../src/crypto/node-memory.js'))
})
afterEach(() => vi.unstubAllGlobals())

test('one block is taken, once', () => {
  const lengths: number[] = []
  class Counted extends SharedArrayBuffer {
    constructor(length: number) {
      super(length)
      lengths.push(length)
    }
  }
  vi.stubGlobal('SharedArrayBuffer', Counted)
  keepFreedMemory()
  keepFreedMemory()
  expect(lengths).toEqual([4 * 1024 * 1024])
})

test('a process without room for it encrypts nevertheless', () => {
  vi.stubGlobal('SharedArrayBuffer', function () {
    throw new RangeError('Array buffer allocation failed')
  })
  expect(keepFreedMemory).not.toThrow()
})
