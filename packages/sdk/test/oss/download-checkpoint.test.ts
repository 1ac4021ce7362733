import { chmod, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultEffect } from 'osscrypt-local'
import type { GetFileOptions, PutOptions } from 'osscrypt/oss'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { BUCKET, useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'
import { readStored, writeStored } from '../support/stored-object.js'

const PART = 128 * 1024
const PARTS = 10
const fixture = useCloud()
const plaintext = patternBytes(PARTS * PART - 10_000)

const formats: readonly (readonly [string, PutOptions])[] = [
  ['gcm', {}],
  ['floe', { format: 'floe', segmentLength: 64 * 1024 }],
]

const target = (): string => join(fixture.folder, 'target')
const checkpoint = (): string => join(fixture.folder, 'checkpoint')
const options = (more: GetFileOptions = {}): GetFileOptions => ({
  parallel: 2,
  partLength: PART,
  checkpoint: checkpoint(),
  ...more,
})

function getRequests(): number {
  return fixture.operations().filter((operation) => operation === 'oss GetObject').length
}

/** What is in the checkpoint. */
async function noted(): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(checkpoint(), 'utf8')) as Record<string, unknown>
}

async function partialFile(): Promise<string> {
  const [name, ...others] = (await readdir(fixture.folder)).filter((file) => file.endsWith('.ciphertext'))
  expect(others).toEqual([])
  return join(fixture.folder, name!)
}

/** Lets a download end with an error when some parts have come. */
async function interrupt(name: string, afterRequests = 5): Promise<void> {
  fixture.cloud.faults.add({
    service: 'oss',
    operation: 'GetObject',
    skip: afterRequests,
    times: 4,
    effect: { kind: 'error', status: 403 },
  })
  expect(await rejection(fixture.client().get(name, target(), options()))).toMatchObject({ code: 'AccessDenied' })
  fixture.cloud.faults.clear()
  fixture.cloud.clearRequests()
}

async function expectTarget(content: Buffer = plaintext): Promise<void> {
  expect(sameBytes(await readFile(target()), content)).toBe(true)
  expect(await fixture.files()).toEqual(['target'])
}

describe.each(formats)('%s, with a checkpoint', (name, putOptions) => {
  beforeAll(async () => {
    await fixture.client().put(name, plaintext, putOptions)
  })

  test.each([0, 1, PART, PART + 1])('an object of %i bytes, without interruption', async (size) => {
    const content = patternBytes(size)
    await fixture.client().put('object', content, putOptions)
    await fixture.client().get('object', target(), options())
    await expectTarget(content)
  })

  test('goes on where an error ended it', async () => {
    await writeFile(target(), 'before')
    await interrupt(name)
    expect(await readFile(target(), 'utf8')).toBe('before')
    const { collected } = (await noted()) as { collected: number }
    expect(collected).toBeGreaterThanOrEqual(2 * PART)
    expect(await readdir(fixture.temporaryFolder)).toEqual([])
    const steps: number[] = []
    await fixture.client().get(name, target(), options({ progress: ({ bytes }) => steps.push(bytes) }))
    await expectTarget()
    expect(steps[0]).toBeGreaterThan(collected)
    expect(steps[0]).toBeLessThanOrEqual(collected + PART)
    const { body } = await readStored(fixture.oss, name)
    expect(getRequests()).toBe(1 + Math.ceil((body.length - collected) / PART) + 1)
  })

  test('goes on where it was aborted, however often', async () => {
    let last = 0
    for (let round = 0; round < 3; round += 1) {
      const controller = new AbortController()
      const { signal } = controller
      const progress = ({ bytes }: { bytes: number }) => {
        if (bytes > last + 3 * PART) controller.abort()
      }
      const error = await rejection(fixture.client().get(name, target(), options({ signal, progress })))
      expect(error).toBe(signal.reason)
      const { collected } = (await noted()) as { collected: number }
      expect(collected).toBeGreaterThan(last)
      last = collected
      expect((await fixture.files()).toSorted()).toHaveLength(2)
    }
    await fixture.client().get(name, target(), options({ parallel: 4, partLength: 3 * PART }))
    await expectTarget()
  })

  test('keeps what it leaves from other users, and has no key and no plaintext in it', async () => {
    await interrupt(name)
    const partial = await partialFile()
    for (const path of [checkpoint(), partial]) expect((await stat(path)).mode & 0o777).toBe(0o600)
    const { collected, ...fields } = (await noted()) as { collected: number }
    const { body, headers } = await readStored(fixture.oss, name)
    expect(sameBytes((await readFile(partial)).subarray(0, collected), body.subarray(0, collected))).toBe(true)
    expect(fields).toEqual({
      kind: 'osscrypt download checkpoint',
      version: 1,
      bucket: BUCKET,
      name,
      versionId: null,
      target: target(),
      etag: headers['etag'],
      totalLength: body.length,
      algorithm: name === 'floe' ? 'FLOE' : 'AES_GCM_NOPADDING_256',
      partial: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      temporary: null,
    })
  })

  test.each<[string, (partial: string) => Promise<void>]>([
    ['changed', async (path) => flip(path, 1000)],
    ['changed in its header', async (path) => flip(path, 50)],
    ['cut', async (path) => truncate(path, PART + 7)],
    ['emptied', async (path) => truncate(path, 0)],
    ['removed', async (path) => rm(path)],
    ['made longer', async (path) => writeFile(path, Buffer.alloc(2 * plaintext.length), { flag: 'a' })],
    ['filled with zeros', async (path) => writeFile(path, Buffer.alloc((await stat(path)).size))],
  ])('is right also when what was collected was %s', async (_title, damage) => {
    await interrupt(name)
    await damage(await partialFile())
    await fixture.client().get(name, target(), options())
    await expectTarget()
  })

  test('does not follow a link that was put in the place of what was collected', async () => {
    await interrupt(name)
    const partial = await partialFile()
    const victim = join(fixture.temporaryFolder, 'victim')
    await writeFile(victim, 'before')
    await rm(partial)
    await symlink(victim, partial)
    expect(await rejection(fixture.client().get(name, target(), options()))).toMatchObject({ code: 'UntrustedFile' })
    expect(await readFile(victim, 'utf8')).toBe('before')
  })

  test('says so when it is the object that does not authenticate, and leaves nothing', async () => {
    await fixture.client().put('object', plaintext, putOptions)
    const { body, meta } = await readStored(fixture.oss, 'object')
    body[5 * PART]! ^= 1
    await writeStored(fixture.oss, 'object', { body, meta })
    expect(await rejection(fixture.client().get('object', target(), options()))).toMatchObject({
      name: 'IntegrityError',
    })
    expect(await fixture.files()).toEqual([])
    await interrupt('object')
    expect(await rejection(fixture.client().get('object', target(), options()))).toMatchObject({
      name: 'IntegrityError',
    })
    expect(await fixture.files()).toEqual([])
  })

  test('starts anew when the object was replaced since', async () => {
    await fixture.client().put('object', plaintext, putOptions)
    await interrupt('object')
    const other = patternBytes(plaintext.length, 9)
    await fixture.client().put('object', other, putOptions)
    await fixture.client().get('object', target(), options())
    await expectTarget(other)
  })

  test('notices that the object is replaced meanwhile', async () => {
    await fixture.client().put('object', plaintext, putOptions)
    fixture.cloud.faults.add({
      service: 'oss',
      operation: 'GetObject',
      skip: 4,
      effect: { kind: 'delay', delayMs: 2500 },
    })
    fixture.cloud.clearRequests()
    const reading = rejection(fixture.client().get('object', target(), options()))
    while (getRequests() < 5) await sleep(5)
    const other = patternBytes(plaintext.length, 9)
    await fixture.client().put('object', other, putOptions)
    expect(await reading).toMatchObject({ code: 'ObjectChanged' })
    await fixture.client().get('object', target(), options())
    await expectTarget(other)
  })

  test('asks for nothing again when all was collected, and removes plaintext that a killed process left', async () => {
    await interrupt(name)
    const { body } = await readStored(fixture.oss, name)
    const temporary = '01234567-89ab-cdef-0123-456789abcdef'
    await writeFile(await partialFile(), body)
    await writeFile(checkpoint(), JSON.stringify({ ...(await noted()), collected: body.length, temporary }))
    await writeFile(join(fixture.folder, `.target.${temporary}.part`), plaintext.subarray(0, 1000))
    fixture.cloud.clearRequests()
    await fixture.client().get(name, target(), options())
    await expectTarget()
    expect(getRequests()).toBe(1)
  })

  const effects: readonly FaultEffect[] = [
    { kind: 'throttle' },
    { kind: 'error', status: 500 },
    { kind: 'html' },
    { kind: 'drop-answer' },
    { kind: 'stall', afterBytes: 1000 },
    { kind: 'cut', of: 'answer', afterBytes: PART - 1 },
    { kind: 'corrupt', atByte: 100 },
    { kind: 'lie-range', lie: 'whole' },
    { kind: 'lie-range', lie: 'shifted' },
    { kind: 'lie-range', lie: 'mislabelled' },
    { kind: 'lie-range', lie: 'short' },
  ]
  test.each(effects)('is right in the end after $kind $lie', async (effect) => {
    fixture.cloud.faults.add({ service: 'oss', operation: 'GetObject', skip: 4, times: 5, effect })
    const client = fixture.client({ idleTimeoutMs: 100, retry: { maxAttempts: 2, delayMs: () => 1 } })
    for (let round = 0; round < 6; round += 1) {
      try {
        await client.get(name, target(), options())
        break
      } catch (error) {
        expect(error).toMatchObject({ name: expect.stringMatching(/^(ServiceError|IntegrityError)$/) as string })
        expect(await readdir(fixture.folder)).not.toContain('target')
      }
    }
    await expectTarget()
  })
})

describe('a checkpoint', () => {
  let left: string
  beforeAll(async () => {
    await fixture.client().put('object', plaintext)
    await fixture.client().put('other', plaintext)
  })
  beforeEach(async () => {
    await interrupt('object')
    left = await readFile(checkpoint(), 'utf8')
  })

  /** Nothing is asked, nothing is touched. */
  async function expectRefused(name: string, path: string, more: GetFileOptions, expected: object): Promise<void> {
    const before = await fixture.files()
    const text = await readFile(checkpoint(), 'utf8')
    expect(await rejection(fixture.client().get(name, path, options(more)))).toMatchObject(expected)
    expect(fixture.operations()).toEqual([])
    expect(await fixture.files()).toEqual(before)
    expect(await readFile(checkpoint(), 'utf8')).toBe(text)
  }

  test.each<[string, string, string, GetFileOptions]>([
    ['object', 'other', 'target', {}],
    ['version', 'object', 'target', { versionId: 'v1' }],
    ['file', 'object', 'other-target', {}],
  ])('of another %s is refused, and nothing is lost', async (_what, name, file, more) => {
    await expectRefused(name, join(fixture.folder, file), more, { name: 'OsscryptError', code: 'CheckpointMismatch' })
    await fixture.client().get('object', target(), options())
    await expectTarget()
  })

  test('of another bucket is refused, and nothing is lost', async () => {
    await writeFile(checkpoint(), left.replace(`"bucket":"${BUCKET}"`, '"bucket":"other"'))
    await expectRefused('object', target(), {}, { name: 'OsscryptError', code: 'CheckpointMismatch' })
  })

  const change = (fields: object) => JSON.stringify({ ...(JSON.parse(left) as object), ...fields })
  test.each<[string, () => string]>([
    ['is empty', () => ''],
    ['is no JSON', () => left.slice(0, -10)],
    ['is no object', () => 'null'],
    ['is a list', () => '[]'],
    ['is something else', () => '{"kind":"upload"}'],
    ['is too large', () => left + ' '.repeat(100_000)],
    ['has a path for a name', () => change({ partial: '../../etc/passwd' })],
    ['has a path for a temporary file', () => change({ temporary: 'x/../target' })],
    ['has no number', () => change({ collected: '5' })],
    ['has a negative number', () => change({ collected: -1 })],
    ['has collected too much', () => change({ collected: 1e12 })],
    ['has no ETag', () => change({ etag: undefined })],
  ])('that %s is refused, and nothing is lost', async (_title, make) => {
    await writeFile(checkpoint(), make())
    // What is no checkpoint at all, and what is a broken one.
    const code = expect.stringMatching(/^(CheckpointMismatch|InvalidFormat)$/) as string
    await expectRefused('object', target(), {}, { code })
  })

  test('of a version to come is refused', async () => {
    await writeFile(checkpoint(), change({ version: 2 }))
    await expectRefused('object', target(), {}, { name: 'FormatError', code: 'UnsupportedVersion' })
  })

  test('that cannot be read or written is the file system’s error', async () => {
    const inNowhere = { checkpoint: join(fixture.folder, 'nowhere', 'checkpoint') }
    expect(await rejection(fixture.client().get('object', target(), options(inNowhere)))).toMatchObject({
      code: 'ENOENT',
    })
    const before = await fixture.files()
    expect(
      await rejection(fixture.client().get('object', target(), options({ checkpoint: fixture.folder }))),
    ).toMatchObject({ code: 'UntrustedFile' })
    expect(await fixture.files()).toEqual(before)
  })

  test('is not the target', async () => {
    expect(await rejection(fixture.client().get('object', target(), { checkpoint: target() }))).toBeInstanceOf(
      TypeError,
    )
  })

  test('is resumed through another name of the same file, with the mode of what is replaced', async () => {
    await writeFile(target(), 'before')
    await chmod(target(), 0o640)
    const link = join(fixture.temporaryFolder, 'link')
    await symlink(target(), link)
    await fixture.client().get('object', link, options())
    expect(sameBytes(await readFile(target()), plaintext)).toBe(true)
    expect((await stat(target())).mode & 0o777).toBe(0o640)
    expect((await fixture.files()).toSorted()).toEqual(['link', 'target'])
  })
})

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path)
  bytes[at]! ^= 1
  await writeFile(path, bytes)
}
