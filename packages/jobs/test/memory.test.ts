import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const program = fileURLToPath(new URL('million.mjs', import.meta.url))

// By hand, with a million: node packages/jobs/test/million.mjs 1000000 <empty folder>
test('planner and runner take no more memory for more objects', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'osscrypt-jobs-test-'))
  try {
    const count = 60_000
    const { stdout } = await promisify(execFile)(process.execPath, [program, String(count), folder])
    const result = JSON.parse(stdout)
    expect(result).toMatchObject({ planned: count, skipped: count })
    expect(result.peakMib).toBeLessThan(200)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
