import { fork } from 'node:child_process'
import { expect, test } from 'vitest'

test('a process ends when its cloud is closed, also after large bodies', { timeout: 30_000 }, async () => {
  const child = fork(new URL('put-and-end.mjs', import.meta.url), { execArgv: [] })
  const timer = setTimeout(() => child.kill(), 20_000)
  const ending = await new Promise((resolve) => child.once('exit', (code, signal) => resolve([code, signal])))
  clearTimeout(timer)
  expect(ending).toEqual([0, null])
})
