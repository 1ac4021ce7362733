import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const KILLS = 5
const script = fileURLToPath(new URL('kill-upload.mjs', import.meta.url))
const built = fileURLToPath(new URL('../../dist/oss.js', import.meta.url))

test.skipIf(!existsSync(built))(
  'uploads that are killed are gone on with, and no nonce is used twice over all processes',
  { timeout: 60_000 },
  async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [script, String(KILLS)])
    const { kills, resumed } = JSON.parse(stdout) as { kills: number; resumed: number }
    expect(kills).toBe(KILLS)
    expect(resumed).toBeGreaterThan(0)
  },
)
