import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const script = fileURLToPath(new URL('memory.mjs', import.meta.url))
const built = fileURLToPath(new URL('../../dist/index.js', import.meta.url))

/** Runs a task of memory.mjs in a process of its own, with the built package. */
async function run(task: string, number: number): Promise<Record<string, unknown> & { growthMb: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, task, String(number)])
  return JSON.parse(stdout) as Record<string, unknown> & { growthMb: number }
}

describe.skipIf(!existsSync(built))('memory', { timeout: 60_000 }, () => {
  test('192 MiB through encryptStream and decryptStream', async () => {
    const { bytes, growthMb } = await run('roundTrip', 192)
    expect(bytes).toBe(192 * 1024 * 1024)
    expect(growthMb).toBeLessThan(120)
  })

  test('512 KiB that come byte by byte', async () => {
    const { bytes, growthMb } = await run('drip', 512 * 1024)
    expect(bytes).toBe(512 * 1024)
    expect(growthMb).toBeLessThan(100)
  })

  test.each(
    ['context', 'data keys', 'ARN', 'wrapped key', 'header iv', 'header tag', 'iv'].map(
      (name, field) => [name, field] as const,
    ),
  )('2^32 - 1 as the length of %s, before a stream without an end', async (_name, field) => {
    const { name, code, fed, asked, growthMb } = await run('hostile', field)
    expect(name).toBe('FormatError')
    expect(code).toMatch(/^(InvalidFormat|LimitExceeded)$/)
    expect(asked).toBe(0)
    expect(fed).toBeLessThan(10 * 1024 * 1024)
    expect(growthMb).toBeLessThan(50)
  })
})
