import { closeSync, openSync, renameSync, statSync, unlinkSync, utimesSync, writeFileSync, writeSync } from 'node:fs'
import { open, readFile, writeFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PutOptions } from 'osscrypt/oss'
import { beforeEach, describe, expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'

// A file that changes while it is sent: nothing is stored, in whatever format and however it is sent.

const MIB = 1024 * 1024
const fixture = useCloud()
const bytes = patternBytes(5 * MIB)
let path = ''
beforeEach(async () => {
  path = join(fixture.folder, 'source.bin')
  await writeFile(path, bytes)
  // What is changed within the clock's tick in which it was made looks the same.
  await sleep(20)
  await fixture.client().delete('object')
})

const ways: readonly (readonly [string, PutOptions, number])[] = [
  ['gcm in one request', {}, 100 * MIB],
  ['gcm in parts', { partLength: MIB }, MIB],
  ['floe in one request', { format: 'floe' }, 100 * MIB],
  ['floe in parts', { format: 'floe', partLength: MIB }, MIB],
]

function editByte(at = 1000): void {
  const file = openSync(path, 'r+')
  writeSync(file, 'X', at)
  closeSync(file)
}

const changes: readonly (readonly [string, () => void])[] = [
  ['is edited at byte 1000, which was sent', editByte],
  [
    'is edited, and its time set back',
    () => {
      const { atime, mtime } = statSync(path)
      editByte()
      utimesSync(path, atime, mtime)
    },
  ],
  [
    'is replaced by another of the same content',
    () => {
      writeFileSync(`${path}.new`, bytes)
      renameSync(`${path}.new`, path)
    },
  ],
  [
    'is deleted',
    () => {
      unlinkSync(path)
    },
  ],
]

describe.each(ways)('%s', (_way, options, multipartThreshold) => {
  const client = () => fixture.client({ memoryLimit: MIB, multipartThreshold })
  /** Puts the file, or what is open of it, and changes it when `after` bytes have been sent. */
  async function put(source: string | FileHandle, change: () => void, after: number): Promise<unknown> {
    let changed = false
    const progress = ({ bytes: sent }: { bytes: number }) => {
      if (sent < after || changed) return
      changed = true
      change()
    }
    try {
      return await client().put('object', source, { ...options, parallel: 1, progress })
    } finally {
      expect(changed).toBe(true)
    }
  }

  async function expectNothingStored(): Promise<void> {
    expect((await rejection(fixture.client().head('object'))).code).toBe('NotFound')
    expect(await fixture.client().listUploads()).toEqual([])
  }

  test.each(changes)('a file that %s', async (_what, change) => {
    expect((await rejection(put(path, change, 2 * MIB))).code).toBe('SourceChanged')
    await expectNothingStored()
  })

  test('an open file that is edited at byte 1000, which was sent', async () => {
    const handle = await open(path)
    expect((await rejection(put(handle, editByte, 2 * MIB))).code).toBe('SourceChanged')
    await handle.close()
    await expectNothingStored()
  })

  test('a file that nobody changes is stored as it is, whatever becomes of others', async () => {
    const changeOther = () => {
      writeFileSync(`${path}.other`, 'x')
    }
    await put(path, changeOther, MIB)
    expect(sameBytes((await fixture.client().get('object')).content, bytes)).toBe(true)
  })
})

test.each<PutOptions>([{}, { format: 'floe' }])(
  'a small file that changes before it is sent again, %o',
  async (options) => {
    await writeFile(path, 'small')
    await sleep(20)
    fixture.cloud.faults.add({ service: 'oss', operation: 'PutObject', effect: { kind: 'error', status: 503 } })
    const retry = { maxAttempts: 3, delayMs: () => (editByte(0), 50) }
    expect((await rejection(fixture.client({ retry }).put('object', path, options))).code).toBe('SourceChanged')
    expect((await rejection(fixture.client().head('object'))).code).toBe('NotFound')
    expect(await readFile(path, 'utf8')).toBe('Xmall')
  },
)

test.each(['gcm', 'floe'] as const)(
  'a file that goes when its object was stored, and the answer lost, %s',
  async (format) => {
    const put = (effect: 'drop-answer' | 'throttle') => {
      fixture.cloud.faults.add({ service: 'oss', operation: 'PutObject', effect: { kind: effect } })
      const delayMs = () => {
        unlinkSync(path)
        return 1
      }
      return fixture
        .client({ retry: { maxAttempts: 2, delayMs }, multipartThreshold: 100 * MIB })
        .put('object', path, { format })
    }
    expect(await rejection(put('throttle'))).toMatchObject({ code: 'SourceChanged' })
    expect(await rejection(fixture.client().head('object'))).toMatchObject({ code: 'NotFound' })
    await writeFile(path, bytes)
    await put('drop-answer')
    expect(sameBytes((await fixture.client().get('object')).content, bytes)).toBe(true)
  },
)
