import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

const LENGTH = 64 * 1024

describe('memory that nobody needs', () => {
  beforeEach(() => {
    vi.resetModules()
  })
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  /** Bytes of a runtime that has `transfer`, or has not. */
  const make = (length: number, transfer?: (this: ArrayBuffer, length: number) => unknown) => {
    const bytes = new Uint8Array(length)
    Object.defineProperty(bytes.buffer, 'transfer', { value: transfer })
    return bytes
  }
  const byClone = function (this: ArrayBuffer) {
    return structuredClone(this, { transfer: [this] })
  }

  test('is given back by the buffer’s own means', async () => {
    const { freeBuffer } = await import('../../src/bytes/free-buffer.js')
    vi.stubGlobal('MessageChannel', undefined)
    const bytes = make(LENGTH, byClone)
    freeBuffer(bytes)
    expect(bytes).toHaveLength(0)
  })

  test('or sent where nobody is', async () => {
    const { freeBuffer } = await import('../../src/bytes/free-buffer.js')
    for (const bytes of [make(LENGTH), make(LENGTH)]) {
      freeBuffer(bytes)
      expect(bytes).toHaveLength(0)
    }
  })

  test('is left to the collector where there is neither, or where it is little', async () => {
    const { freeBuffer } = await import('../../src/bytes/free-buffer.js')
    const little = make(LENGTH - 1)
    freeBuffer(little)
    expect(little).toHaveLength(LENGTH - 1)
    vi.stubGlobal('MessageChannel', undefined)
    Reflect.deleteProperty(globalThis, 'MessageChannel')
    const bytes = make(LENGTH)
    freeBuffer(bytes)
    expect(bytes).toHaveLength(LENGTH)
  })
})
