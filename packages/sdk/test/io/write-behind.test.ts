import { mkdtemp, open, readFile, rm, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

test('what a write failed with is told, and stopping waits for the end and tells nothing', async () => {
  vi.spyOn(file, 'writev').mockRejectedValue(new Error('no space left'))
  const behind = new WriteBehind(file)
  await behind.append(patternBytes(600_000))
  expect(await rejection(behind.flush())).toHaveProperty('message', 'no space left')
  await behind.stop()
})
