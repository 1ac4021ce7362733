import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, open, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startLocalCloud, type LocalCloud } from 'osscrypt-local'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BUCKET } from '../support/cloud-fixture.js'

const LENGTH = 200 * 1024 * 1024
/** Over the idle process with the client loaded. */
const LIMIT_MB = 96
const script = fileURLToPath(new URL('multipart-transfer.mjs', import.meta.url))
const built = fileURLToPath(new URL('../../dist/oss.js', import.meta.url))

/** The child gets the built package, as a user would; the cloud runs in this process and does not count. */
describe.skipIf(!existsSync(built))('memory of uploads in parts', { timeout: 60_000 }, () => {
  let cloud: LocalCloud
  let folder: string
  let settings: string
  beforeAll(async () => {
    cloud = await startLocalCloud({ buckets: [BUCKET] })
    folder = await mkdtemp(join(tmpdir(), 'osscrypt-sdk-test-'))
    const file = await open(join(folder, 'source'), 'w')
    for (let index = 0; index < LENGTH / 65_536; index += 1) await file.write(Buffer.alloc(65_536, index))
    await file.close()
    settings = JSON.stringify({
      ossOptions: cloud.ossOptions(BUCKET),
      cmkArn: await cloud.createKey(),
      kms: { endpoint: cloud.kms.endpoint, credentials: cloud.credentials },
      length: LENGTH,
      temporaryFolder: folder,
    })
  })
  afterAll(async () => {
    await cloud.close()
    await rm(folder, { recursive: true, force: true })
  })

  test.each([
    ['put-stream', 'floe'],
    ['put-file', 'floe'],
    ['put-file', 'gcm'],
  ])('%s, %s', async (action, format) => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      script,
      action,
      format,
      join(folder, 'source'),
      settings,
    ])
    const { growthMb, elapsedMs } = JSON.parse(stdout) as { growthMb: number; elapsedMs: number }
    console.info(`${action} of 200 MB, ${format}: ${String(growthMb)} MB more, ${String(elapsedMs)} ms`)
    expect(growthMb).toBeLessThan(LIMIT_MB)
    expect(cloud.requests.some(({ operation }) => operation === 'CompleteMultipartUpload')).toBe(true)
    expect(await readdir(folder)).toEqual(['source'])
  })
})
