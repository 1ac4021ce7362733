import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { recordFirstSession, recordJobsSession } from './record-session.js'
import { fillIn } from './render-cli-docs.js'

const docs = (name: string) => fileURLToPath(new URL(`../../../docs/${name}`, import.meta.url))
const hasScript = spawnSync('script', ['--version'], { encoding: 'utf8', stdio: 'pipe' }).status === 0
if (!hasScript) console.log('util-linux `script` is not there: the terminal sessions are not recorded')

function compare(path: string, seen: string): void {
  if (process.env['UPDATE_CLI_DOCS'] === '1') writeFileSync(path, seen)
  else expect(seen).toBe(readFileSync(path, 'utf8'))
}

test.skipIf(!hasScript)(
  'docs/cli-session.txt is what a terminal shows (UPDATE_CLI_DOCS=1 writes it)',
  { timeout: 120_000 },
  async () => {
    compare(docs('cli-session.txt'), await recordFirstSession())
  },
)

test.skipIf(!hasScript)(
  'docs/JOBS.md and JOBS-CN.md show what a terminal shows (UPDATE_CLI_DOCS=1 writes it)',
  { timeout: 120_000 },
  async () => {
    const session = `\`\`\`console\n${await recordJobsSession()}\`\`\``
    for (const path of [docs('JOBS.md'), docs('JOBS-CN.md')])
      compare(path, fillIn(readFileSync(path, 'utf8'), { session }))
  },
)
