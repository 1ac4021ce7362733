import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { mkdtemp, open, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startLocalCloud, type LocalCloud } from 'osscrypt-local'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { BUCKET } from '../support/cloud-fixture.js'

const LENGTH = 300 * 1024 * 1024
/** Over the idle process with the client loaded. */
const LIMIT_MB = 96
const script = fileURLToPath(new URL('transfer.mjs', import.meta.url))
const built = fileURLToPath(new URL('../../dist/oss.js', import.meta.url))

/** The child gets the built package, as a user would; the cloud runs in this process and does not count. */
describe.skipIf(!existsSync(built))('memory', { timeout: 60_000 }, () => {
  let cloud: LocalCloud
  let folder: string
  let cmkArn: string
  let source: string
  beforeAll(async () => {
    cloud = await startLocalCloud({ buckets: [BUCKET] })
    cmkArn = await cloud.createKey()
    folder = await mkdtemp(join(tmpdir(), 'osscrypt-sdk-test-'))
    source = join(folder, 'source')
    const file = await open(source, 'w')
    for (let index = 0; index < 300; index += 1) {
      const block = patternBytes(64 * 1024, index + 1)
      for (let part = 0; part < 16; part += 1) await file.write(block)
    }
    await file.close()
  }, 60_000)
  afterAll(async () => {
    await cloud.close()
    await rm(folder, { recursive: true, force: true })
  })

  async function transfer(
    action: string,
    name: string,
    path: string,
  ): Promise<{ growthMb: number; elapsedMs: number; bytes: number }> {
    const settings = {
      ossOptions: cloud.ossOptions(BUCKET),
      cmkArn,
      kms: { endpoint: cloud.kms.endpoint, credentials: cloud.credentials },
      length: LENGTH,
      temporaryFolder: folder,
    }
    const { stdout } = await promisify(execFile)(process.execPath, [
      script,
      action,
      name,
      path,
      JSON.stringify(settings),
    ])
    const result = JSON.parse(stdout) as { growthMb: number; elapsedMs: number; bytes: number }
    console.info(`${action} of 300 MB: ${result.growthMb} MB more, ${result.elapsedMs} ms`)
    return result
  }

  test('stays small when a file goes up and comes down again', async () => {
    const put = await transfer('put-file', 'file', source)
    const target = join(folder, 'target')
    const get = await transfer('get-file', 'file', target)
    expect((await stat(target)).size).toBe(LENGTH)
    expect(await digest(target)).toBe(await digest(source))
    await rm(target)
    const stream = await transfer('get-stream', 'file', '')
    expect(stream.bytes).toBe(LENGTH)
    for (const { growthMb } of [put, get, stream]) expect(growthMb).toBeLessThan(LIMIT_MB)
    expect(await readdir(folder)).toEqual(['source'])
  })

  test('stays small when a stream goes up', async () => {
    for (const action of ['put-stream', 'put-file-stream']) {
      const { growthMb } = await transfer(action, 'stream', source)
      expect(growthMb).toBeLessThan(LIMIT_MB)
    }
    expect(await readdir(folder)).toEqual(['source'])
  })
})

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
