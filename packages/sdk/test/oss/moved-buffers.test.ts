import { setImmediate as nextTurn } from 'node:timers/promises'
import { EncryptionSdk } from 'osscrypt'
import type { PutOptions, PutSource } from 'osscrypt/oss'
import { describe, expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'

// A buffer that is transferred to somewhere else, or made shorter, while it is put: what is stored is what it was, or nothing is.

const KIB = 1024
const MIB = 1024 * KIB
const fixture = useCloud()
const client = () => fixture.client({ memoryLimit: MIB, multipartThreshold: 2 * MIB })

interface Movable {
  readonly buffer: ArrayBuffer
  readonly move: () => void
}

const moves: readonly (readonly [string, (bytes: Uint8Array) => Movable])[] = [
  [
    'is transferred',
    (bytes) => {
      const buffer = new Uint8Array(bytes).buffer
      return { buffer, move: () => void structuredClone(buffer, { transfer: [buffer] }) }
    },
  ],
  [
    'is made shorter',
    (bytes) => {
      const buffer: ArrayBuffer = Reflect.construct(ArrayBuffer, [bytes.length, { maxByteLength: bytes.length }])
      new Uint8Array(buffer).set(bytes)
      const { resize } = buffer as unknown as { resize: (length: number) => void }
      return { buffer, move: resize.bind(buffer, 10) }
    },
  ],
]

const ways: readonly (readonly [string, PutOptions, number])[] = [
  ['gcm, short', {}, KIB],
  ['gcm, one piece', {}, 400 * KIB],
  ['gcm, held', {}, MIB],
  ['gcm in parts', { partLength: MIB }, 5 * MIB],
  ['floe, short', { format: 'floe' }, KIB],
  ['floe in one request', { format: 'floe', segmentLength: 64 * KIB }, 400 * KIB],
  ['floe in parts', { format: 'floe', partLength: MIB }, 5 * MIB],
]

describe.each(moves)('a buffer that %s', (_how, makeMovable) => {
  test.each(ways)('%s', async (_way, options, length) => {
    const bytes = patternBytes(length)
    let refused = 0
    for (let turns = 0; turns < 24; turns += 1) {
      await client().delete('object')
      const { buffer, move } = makeMovable(bytes)
      const putting = client()
        .put('object', buffer, options)
        .then(
          () => true,
          () => false,
        )
      for (let turn = 0; turn < turns; turn += 1) await nextTurn()
      move()
      if (await putting) expect(sameBytes((await client().get('object')).content, bytes)).toBe(true)
      else {
        refused += 1
        expect(await rejection(client().head('object'))).toMatchObject({ code: 'NotFound' })
      }
    }
    expect(refused).toBeGreaterThan(0)
  })

  test('a message that is encrypted', async () => {
    const sdk = new EncryptionSdk({ dataKeys: fixture.dataKeys() })
    for (const length of [KIB, 400 * KIB, 3 * MIB]) {
      const bytes = patternBytes(length)
      for (let turns = 0; turns < 12; turns += 1) {
        const { buffer, move } = makeMovable(bytes)
        const encrypting = sdk.encrypt(new Uint8Array(buffer, 0, length)).catch(() => null)
        for (let turn = 0; turn < turns; turn += 1) await nextTurn()
        move()
        const encrypted = await encrypting
        if (encrypted) expect(sameBytes((await sdk.decrypt(encrypted.message)).plaintext, bytes)).toBe(true)
      }
    }
  })
})

test.each(ways)('shared memory is taken, %s', async (_way, options, length) => {
  const shared = new SharedArrayBuffer(length)
  new Uint8Array(shared).set(patternBytes(length))
  for (const source of [shared, one(new Uint8Array(shared))]) {
    await client().put('object', source, options)
    expect(sameBytes((await client().get('object')).content, patternBytes(length))).toBe(true)
  }
})

test.each([NaN, -1, 1.5, '5', undefined])('a Blob of %s bytes is refused', async (size) => {
  const blob = new Blob(['hello'])
  const lying = { size, type: '', slice: (start: number) => blob.slice(start), stream: () => blob.stream() }
  for (const format of ['gcm', 'floe'] as const) {
    expect(await rejection(client().put('object', lying as PutSource, { format }))).toBeInstanceOf(TypeError)
  }
  expect(fixture.operations()).toEqual([])
})

async function* one(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield chunk
}
