import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { keepCopies } from '../../src/spool/keep-copies.js'
import { Spool } from '../../src/spool/node-spool.js'
import { Spool as WebSpool } from '../../src/spool/web-spool.js'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { rejection } from '../support/rejection.js'

let temporaryFolder = ''
beforeEach(async () => {
  temporaryFolder = await mkdtemp(join(tmpdir(), 'osscrypt-sdk-test-'))
  return () => rm(temporaryFolder, { recursive: true })
})

/** Files of the test's folder that are open in this process. */
async function openFiles(): Promise<string[]> {
  const descriptors = await readdir('/proc/self/fd')
  const paths = await Promise.all(descriptors.map((each) => readlink(`/proc/self/fd/${each}`).catch(() => '')))
  return paths.filter((path) => path.startsWith(temporaryFolder))
}

const drain = (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => buffer(chunks)

describe.each([0, 1, 1000, 100_000])('a limit of %d bytes', (memoryLimit) => {
  test.each([0, 1, memoryLimit - 1, memoryLimit, memoryLimit + 1, 600_000].filter((length) => length >= 0))(
    '%d bytes',
    async (length) => {
      const content = patternBytes(length)
      const spool = new Spool({ memoryLimit, temporaryFolder })
      for (let start = 0; start < length; start += 70_000) await spool.append(content.subarray(start, start + 70_000))
      expect(spool.length).toBe(length)
      const inMemory = length <= memoryLimit
      expect(await openFiles()).toHaveLength(inMemory ? 0 : 1)
      // The file has no name, so that nothing is left of it whatever happens.
      expect(await readdir(temporaryFolder)).toEqual([])
      for (let time = 0; time < 2; time += 1) expect(sameBytes(await drain(spool.read()), content)).toBe(true)
      if (inMemory) expect(sameBytes(spool.bytes!, content)).toBe(true)
      else expect(spool.bytes).toBeUndefined()
      await spool.dispose()
      await spool.dispose()
      expect(await openFiles()).toEqual([])
    },
  )
})

test('any chunks, any part of them, in memory and in a file', async () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(chunks, fc.nat(600), fc.nat(700), fc.nat(700), async (input, memoryLimit, start, length) => {
      const spool = new Spool({ memoryLimit, temporaryFolder })
      for (const chunk of input) await spool.append(chunk)
      const whole = Buffer.concat(input)
      const [from, to] = [Math.min(start, whole.length), Math.min(start + length, whole.length)]
      expect(sameBytes(await drain(spool.read(from, to)), whole.subarray(from, to))).toBe(true)
      await spool.dispose()
    }),
  )
})

test('many small chunks, more than are joined at a time', async () => {
  const content = patternBytes(5000)
  const spool = new Spool({ temporaryFolder })
  for (const byte of content) await spool.append(Uint8Array.of(byte))
  expect(sameBytes(await drain(spool.read()), content)).toBe(true)
  expect(sameBytes(await drain(spool.read(1020, 2050)), content.subarray(1020, 2050))).toBe(true)
})

test('a file takes appending after reading, and reading what has not been written yet', async () => {
  const spool = new Spool({ memoryLimit: 0, temporaryFolder })
  const content = patternBytes(3_000_000)
  for (let start = 0; start < content.length; start += 70_000) {
    await spool.append(content.subarray(start, start + 70_000))
    if (start % 210_000 === 0)
      expect(sameBytes(await drain(spool.read()), content.subarray(0, start + 70_000))).toBe(true)
  }
  expect(sameBytes(await drain(spool.read()), content)).toBe(true)
  await spool.dispose()
})

test('several read at once what has not been written yet', async () => {
  const content = patternBytes(700_000)
  for (let round = 0; round < 30; round += 1) {
    const spool = new Spool({ memoryLimit: 0, temporaryFolder })
    for (let start = 0; start < content.length; start += 50_000)
      await spool.append(content.subarray(start, start + 50_000))
    const read = await Promise.all(Array.from({ length: 5 }, () => drain(spool.read())))
    for (const bytes of read) expect(sameBytes(bytes, content)).toBe(true)
    await spool.dispose()
  }
})

test('a folder that is not there', async () => {
  const spool = new Spool({ memoryLimit: 0, temporaryFolder: join(temporaryFolder, 'missing') })
  expect(await rejection(spool.append(Buffer.alloc(1)))).toMatchObject({ code: 'ENOENT' })
  await spool.dispose()
})

test('copies that are kept in room that is used again are what came, when they are passed on and when they are read', async () => {
  const lengths = fc.array(fc.oneof(fc.nat(100), fc.nat(1_500_000)), { maxLength: 8 })
  const limits = fc.constantFrom(0, 300_000, 8_000_000)
  await fc.assert(
    fc.asyncProperty(lengths, limits, fc.boolean(), async (chunkLengths, memoryLimit, inNode) => {
      const content = patternBytes(chunkLengths.reduce((sum, length) => sum + length, 0))
      const spool = inNode ? new Spool({ memoryLimit, temporaryFolder }) : new WebSpool({ memoryLimit })
      const chunks = async function* () {
        let start = 0
        for (const length of chunkLengths) {
          const chunk = new Uint8Array(content.subarray(start, (start += length)))
          yield chunk
          chunk.fill(0)
        }
      }
      expect(sameBytes(await gatherCopies(keepCopies(chunks(), spool)), content)).toBe(true)
      expect(sameBytes(await gatherCopies(spool.readPieces()), content)).toBe(true)
      await spool.dispose()
    }),
    { numRuns: 40 },
  )
})

/** What came; each piece is copied before the next is asked for, as late as that can be. */
async function gatherCopies(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = []
  for await (const piece of pieces) {
    await new Promise(setImmediate)
    copies.push(Buffer.from(piece))
  }
  return Buffer.concat(copies)
}

async function* chunksOf(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content.subarray(0, 1000)
  yield content.subarray(1000)
}

test.each([
  ['in memory', 1_000_000, Spool],
  ['in a file', 0, Spool],
  ['of a browser', 1_000_000, WebSpool],
])('%s, of few bytes that are expected, no more room is made than they take', async (_, memoryLimit, SpoolOf) => {
  const content = patternBytes(3000)
  for (const [told, largest] of [
    [3000, 3001],
    [5000, 5001],
    // More come than were told of: they are kept, too.
    [10, 512 * 1024],
  ] as const) {
    const spool = new SpoolOf({ memoryLimit, temporaryFolder })
    const rooms: number[] = []
    const room = spool.room.bind(spool)
    spool.room = (expected) => {
      const made = room(expected)
      rooms.push(made.length)
      return made
    }
    const kept = await drain(keepCopies(chunksOf(content), spool, { length: told }))
    expect(sameBytes(kept, content)).toBe(true)
    expect(sameBytes(await drain(spool.read()), content)).toBe(true)
    expect(Math.max(...rooms)).toBe(largest)
    await spool.dispose()
  }
})

test('of a browser, what was given as bytes stays what it was, whatever is appended', async () => {
  const spool = new WebSpool({ memoryLimit: 512 * 1024 })
  const fill = (byte: number) => spool.append(spool.room(Infinity).fill(byte))
  await fill(1)
  const given = spool.bytes
  for (const byte of [2, 3, 4, 5]) await fill(byte)
  expect(given?.every((byte) => byte === 1)).toBe(true)
  await spool.dispose()
})

test('of a browser, rooms are used again when a Blob has their bytes, and no more once somebody has read', async () => {
  const spool = new WebSpool({ memoryLimit: 0 })
  const fill = async (byte: number) => {
    const room = spool.room(Infinity).fill(byte)
    await spool.append(room)
    return room.buffer
  }
  const first = [await fill(1), await fill(2)]
  const again = [await fill(3), await fill(4)]
  expect(new Set(again)).toEqual(new Set(first))
  // Rooms that were free before it was read may come once more: nobody has read from them.
  const reading = spool.read()
  await reading.next()
  await reading.return(undefined)
  const later = [await fill(5), await fill(6), await fill(7), await fill(8)]
  expect(new Set(later).size).toBe(4)
  const bytes = await drain(spool.read())
  expect(bytes.length).toBe(8 * 512 * 1024)
  for (const [index, byte] of [1, 2, 3, 4, 5, 6, 7, 8].entries()) {
    const part = bytes.subarray(index * 512 * 1024, (index + 1) * 512 * 1024)
    expect(part.every((each) => each === byte)).toBe(true)
  }
  await spool.dispose()
})
