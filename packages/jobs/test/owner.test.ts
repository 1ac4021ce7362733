import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isWorking, thisOwner } from '../src/runner/owner.js'

test('this process is not taken for another', () => {
  expect(isWorking(thisOwner())).toBe(false)
})

test('an owner whose process is not known here works as long as it is heard of', () => {
  const run = thisOwner()
  const elsewhere = { ...run, place: 'another boot pid:[1]' }
  expect(isWorking(elsewhere)).toBe(true)
  expect(isWorking({ ...elsewhere, beat: Date.now() - 60_000 })).toBe(false)
})

test.runIf(existsSync('/proc/self/stat'))('a process id that was given anew is no owner', () => {
  const run = thisOwner()
  expect(isWorking({ ...run, pid: process.ppid, started: '1' })).toBe(false)
})

test.runIf(existsSync('/proc/self/stat'))('a process that has ended, and was not waited for, is no owner', async () => {
  // The shell starts one that ends, and becomes one that does not wait for it.
  const shell = spawn('sh', ['-c', 'sh -c "echo \\$\\$" & exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = (await once(shell.stdout, 'data')) as [Buffer]
  const run = thisOwner()
  const pid = Number(said.toString())
  await expect.poll(() => isWorking({ ...run, pid, started: startOf(pid) })).toBe(false)
  expect(existsSync(`/proc/${String(pid)}`)).toBe(true)
  shell.kill()
  await once(shell, 'exit')
})

function startOf(pid: number): string | undefined {
  return readFileSync(`/proc/${String(pid)}/stat`, 'latin1')
    .split(') ')[1]
    ?.split(' ')[19]
}
