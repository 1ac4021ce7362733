import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const script = fileURLToPath(new URL('hostile-lengths.mjs', import.meta.url))
const built = fileURLToPath(new URL('../../dist/index.js', import.meta.url))

interface Outcome {
  readonly name: string
  readonly code: string
  readonly elapsedMs: number
  readonly growthMib: number
}

// A length is looked at before what is as long as it says: a message that is refused costs neither time nor memory.
describe.skipIf(!existsSync(built) || !existsSync('/proc/self/status'))('200 MiB', { timeout: 60_000 }, () => {
  test.each(['version', 'algorithm', 'ARN', 'blob', 'two ARNs', 'key', 'value', 'two values', 'iv', 'tag'])(
    'in a message (form 1) as %s',
    async (field) => {
      const { stdout } = await promisify(execFile)(process.execPath, [script, field])
      const { name, code, elapsedMs, growthMib } = JSON.parse(stdout) as Outcome
      expect(name).toBe('FormatError')
      expect(code).toMatch(/^(InvalidFormat|LimitExceeded)$/)
      expect(elapsedMs).toBeLessThan(250)
      expect(growthMib).toBeLessThan(20)
    },
  )
})
