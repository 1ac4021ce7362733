import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Bench } from './command.js'

let bench: Bench
beforeAll(async () => {
  bench = await Bench.open()
})
afterAll(() => bench.close())

/** Starts a console, and gives its address when it has said it. */
async function startConsole(args: readonly string[]) {
  const running = bench.start(['console', ...args])
  let said = ''
  running.child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  while (!said.includes('\n')) await wait(20)
  return { ...running, said: () => said }
}

async function ask(url: string, name: string, question: object): Promise<{ status: number; answer: unknown }> {
  const { origin, hash } = new URL(url)
  const headers = { authorization: `Bearer ${hash.slice(1)}` }
  const response = await fetch(`${origin}/api/${name}`, { method: 'POST', headers, body: JSON.stringify(question) })
  return { status: response.status, answer: await response.json() }
}

test('serves a page with the buckets and CMKs of the settings until it is ended; no log file has its token', async () => {
  const log = join(bench.folder, 'console.log')
  const { child, ended, said } = await startConsole(['--json', '--log-file', log])
  const { type, url } = JSON.parse(said()) as { type: string; url: string }
  expect(type).toBe('console')
  expect((await fetch(new URL(url).origin)).headers.get('content-type')).toContain('text/html')
  const session = await ask(url, 'session', {})
  expect(session.answer).toMatchObject({ region: bench.cloud.region, cmks: [bench.cmk], format: 'gcm' })
  const { buckets } = session.answer as { buckets: { name: string; region: string }[] }
  expect(buckets.map(({ name }) => name)).toEqual(['my-bucket', 'other-bucket'])
  expect(buckets[0]?.region).toBe(bench.cloud.region)
  const listed = await ask(url, 'list', { bucket: 'my-bucket', prefix: '' })
  expect(listed).toMatchObject({ status: 200, answer: { objects: [], prefixes: [] } })
  const other = await fetch(`${new URL(url).origin}/api/session`, { method: 'POST', body: '{}' })
  expect(other.status).toBe(401)
  child.kill('SIGINT')
  const { code, stderr } = await ended
  expect(code).toBe(130)
  const token = new URL(url).hash.slice(1)
  expect(stderr).not.toContain(token)
  expect(existsSync(log) ? readFileSync(log, 'utf8') : '').not.toContain(token)
})

test('a port that is taken is said', async () => {
  const { child, ended, said } = await startConsole([])
  const { port } = new URL(said().trim())
  const second = await bench.run('console', '--port', port)
  expect(second.code).toBe(2)
  expect(second.stderr).toContain(`port ${port} is taken`)
  child.kill('SIGINT')
  await ended
})

test('a format that the page does not write is refused', async () => {
  const { code, stderr } = await bench.start(['console'], { env: { OSSCRYPT_FORMAT: 'message-body' } }).ended
  expect(code).toBe(2)
  expect(stderr).toContain('the console stores gcm and floe')
})
