import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { GetFileOptions } from 'osscrypt/oss'
import { describe, expect, test } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { BUCKET, kmsOptions, useCloud } from '../support/cloud-fixture.js'

const LENGTH_MIB = 200
const LIMIT_MIB = 96
const KILLS = 5
const downloadScript = fileURLToPath(new URL('download.mjs', import.meta.url))
const killScript = fileURLToPath(new URL('kill-download.mjs', import.meta.url))
const built = fileURLToPath(new URL('../../dist/oss/resume-file.js', import.meta.url))
const run = promisify(execFile)

/** The children get the built packages, as a user would. */
describe.skipIf(!existsSync(built))('a download in a process of its own', { timeout: 120_000 }, () => {
  const fixture = useCloud()

  test.each(['gcm', 'floe'] as const)('%s: takes little memory, in parts and with a checkpoint', async (format) => {
    const source = join(fixture.folder, 'source')
    const file = await open(source, 'w')
    for (let index = 0; index < LENGTH_MIB; index += 1) await file.write(patternBytes(1024 * 1024, index + 1))
    await file.close()
    await fixture.client().put('object', source, { format })
    const target = join(fixture.folder, 'target')
    const expected = await digest(source)
    for (const getOptions of [{}, { checkpoint: join(fixture.folder, 'checkpoint') }] as GetFileOptions[]) {
      const settings = {
        ossOptions: fixture.cloud.ossOptions(BUCKET),
        cmkArn: fixture.cmkArn,
        kms: { ...kmsOptions(fixture.cloud), retry: undefined },
        getOptions,
      }
      const args = [downloadScript, 'object', target, JSON.stringify(settings)]
      const { stdout } = await run(process.execPath, args)
      const { grownRssMib, idleRssMib, elapsedMs } = JSON.parse(stdout) as Record<string, number>
      console.info(`${format}, ${Object.keys(getOptions).join() || 'in parts'}: ${stdout}`)
      expect(idleRssMib).toBeGreaterThan(0)
      expect(elapsedMs).toBeGreaterThan(0)
      expect(grownRssMib).toBeLessThan(LIMIT_MIB)
      expect(await digest(target)).toBe(expected)
      await rm(target)
    }
    expect(await readdir(fixture.folder)).toEqual(['source'])
  })

  test('is right in the end when it is killed again and again', async () => {
    const { stdout } = await run(process.execPath, [killScript, String(KILLS)])
    const found = JSON.parse(stdout) as { kills: number; completed: number }
    console.info(stdout)
    expect(found.kills).toBeGreaterThanOrEqual(KILLS)
    expect(found.completed).toBeGreaterThan(0)
  })
})

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
