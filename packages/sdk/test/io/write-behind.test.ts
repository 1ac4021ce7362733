import { mkdtemp, open, readFile, rm, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WriteBehind } from '../../src/io/write-behind.js'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { rejection } from '../support/rejection.js'

let folder: string
let path: string
let file: FileHandle
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'osscrypt-sdk-test-'))
  path = join(folder, 'file')
  file = await open(path, 'wx')
})
afterEach(async () => {
  await file.close()
  await rm(folder, { recursive: true })
})

test.each([1, 1000, 65_536, 700_000])('pieces of %d bytes', async (pieceLength) => {
  const content = patternBytes(Math.min(2_000_000, pieceLength * 5000))
  const behind = new WriteBehind(file)
  for (let start = 0; start < content.length; start += pieceLength)
    await behind.append(content.subarray(start, start + pieceLength))
  await behind.flush()
  expect(sameBytes(await readFile(path), content)).toBe(true)
})

test('a write that takes less than all is gone on with', async () => {
  const content = patternBytes(2_000_000)
  const writev = file.writev.bind(file)
  const short = vi.spyOn(file, 'writev').mockImplementation(async (pieces) => {
    const [first] = pieces as Buffer[]
    const { bytesWritten } = await writev([first!.subarray(0, 50_000)])
    return { bytesWritten, buffers: pieces }
  })
  const behind = new WriteBehind(file)
  for (let start = 0; start < content.length; start += 65_536)
    await behind.append(content.subarray(start, start + 65_536))
  await behind.flush()
  expect(sameBytes(await readFile(path), content)).toBe(true)
  expect(short.mock.calls.length).toBeGreaterThan(30)
})

test('when one of several flushes is through, all is written', async () => {
  const writev = file.writev.bind(file)
  vi.spyOn(file, 'writev').mockImplementation(async (pieces) => {
    await setTimeout(20)
    return writev(pieces)
  })
  const content = patternBytes(700_000)
  const behind = new WriteBehind(file)
  await behind.append(content.subarray(0, 600_000))
  await behind.append(content.subarray(600_000))
  const lengths = Array.from({ length: 4 }, async () => {
    await behind.flush()
    return (await file.stat()).size
  })
  expect(await Promise.all(lengths)).toEqual(lengths.map(() => content.length))
  expect(sameBytes(await readFile(path), content)).toBe(true)
})

test('what a write failed with is told, and stopping waits for the end and tells nothing', async () => {
  vi.spyOn(file, 'writev').mockRejectedValue(new Error('no space left'))
  const behind = new WriteBehind(file)
  await behind.append(patternBytes(600_000))
  expect(await rejection(behind.flush())).toHaveProperty('message', 'no space left')
  await behind.stop()
})
