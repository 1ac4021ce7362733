import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { recordSession } from './record-session.js'

const path = fileURLToPath(new URL('../../../docs/cli-session.txt', import.meta.url))
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8', stdio: 'pipe' }).status === 0
if (!hasScript) console.log('util-linux `script` is not there: the terminal session is not recorded')

test.skipIf(!hasScript)(
  'docs/cli-session.txt is what a terminal shows (UPDATE_CLI_DOCS=1 writes it)',
  { timeout: 120_000 },
  () => {
    const seen = recordSession()
    if (process.env['UPDATE_CLI_DOCS'] === '1') writeFileSync(path, seen)
    else expect(seen).toBe(readFileSync(path, 'utf8'))
  },
)
