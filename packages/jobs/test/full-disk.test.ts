import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

/** Writes what came of an object with a long message, by the built package, as a user would. */
const program = (module: string, call: string) => `
  const { writeCsvReport, proveBy } = await import('${new URL(`../dist/${module}`, import.meta.url).href}')
  const outcomes = (async function* () {
    yield { name: 'a', length: 1, status: 'failed', message: 'x'.repeat(100_000) }
  })()
  const path = process.argv[1]
  await ${call}
`

/** Runs a program that cannot write more than 10 or 20 kB into a file: the system writes what fits, as on a full disk. */
async function runOnFullDisk(text: string, path: string): Promise<{ status: number | null; stderr: string }> {
  const command = 'ulimit -f 20 && exec "$0" --input-type=module --eval "$1" "$2"'
  const child = spawn('sh', ['-c', command, process.execPath, text, path], { stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (bytes) => (stderr += String(bytes)))
  return new Promise((resolve) => child.once('close', (status) => resolve({ status, stderr })))
}

test.each([
  ['a report in CSV', 'report/csv-report.js', 'writeCsvReport(outcomes, path)'],
  ['a proof', 'rewrap-proof.js', "proveBy(outcomes, [], path, 'wx')"],
])('%s of which the disk takes only some is an error', async (_, module, call) => {
  const folder = await mkdtemp(join(tmpdir(), 'osscrypt-full-disk-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const { status, stderr } = await runOnFullDisk(program(module, call), join(folder, 'file'))
  expect(stderr).toContain('EFBIG')
  expect(status).toBe(1)
})
