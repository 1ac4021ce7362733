import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { type LocalCloud, startLocalCloud } from '../../src/index.js'
import { callKms } from './call-kms.js'
import { targetOf } from './target.js'

const bin = fileURLToPath(new URL('../../dist/bin.js', import.meta.url))
const root = mkdtempSync(join(tmpdir(), 'osscrypt-local-test-'))
afterAll(() => {
  rmSync(root, { recursive: true, force: true })
})

interface Running {
  readonly child: ChildProcess
  readonly endpoint: string
  readonly credentials: LocalCloud['credentials']
}

/** Starts the built command, as a user would, and waits until it answers. */
async function startChild(folder: string): Promise<Running> {
  const args = [bin, '--folder', folder, '--json', '--show-credentials']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) {
    const told = JSON.parse(line) as { kms: { endpoint: string }; accessKeyId: string; accessKeySecret: string }
    const { accessKeyId, accessKeySecret } = told
    return { child, endpoint: told.kms.endpoint.replace('http://', ''), credentials: { accessKeyId, accessKeySecret } }
  }
  throw new Error('the command ended before it was ready')
}

test('every key whose creation was answered is there after a kill', async () => {
  const folder = join(root, 'killed')
  const answered: string[] = []
  for (let round = 0; round < 3; round += 1) {
    const { child, endpoint, credentials } = await startChild(folder)
    const target = { endpoint, credentials, protocol: 'HTTP' } as const
    const gone = new Promise((resolve) => child.once('exit', resolve))
    const create = async (): Promise<void> => {
      for (;;) {
        const made = await callKms(target, 'CreateKey').catch(() => undefined)
        if (made === undefined) return
        answered.push(made.KeyMetadata.Arn ?? '')
      }
    }
    const workers = Array.from({ length: 6 }, create)
    const enough = answered.length + 20
    while (answered.length < enough) await new Promise((resolve) => setTimeout(resolve, 5))
    child.kill('SIGKILL')
    await Promise.all([gone, ...workers])
  }
  await using cloud = await startLocalCloud({ folder })
  for (const arn of answered) expect(await cloud.findKey(arn)).toBe(arn)
  const { TotalCount } = await callKms(targetOf(cloud), 'ListKeys')
  // A key that was made and whose answer was lost may be there too; nothing half-made is.
  expect(TotalCount).toBeGreaterThanOrEqual(answered.length)
  const names = readdirSync(join(folder, 'kms', 'keys'))
  expect(names.filter((name) => !name.endsWith('.json'))).toEqual([])
})

test('what was being written when a process was killed is swept up', async () => {
  const folder = join(root, 'swept')
  await (await startLocalCloud({ folder })).close()
  const left = join(folder, 'kms', 'keys', `${'0'.repeat(64)}.json.abc.unfinished`)
  writeFileSync(left, '{"id":')
  await using cloud = await startLocalCloud({ folder })
  expect(readdirSync(join(cloud.folder, 'kms', 'keys'))).toEqual([])
})

test('every change of a key is there after a restart', async () => {
  const folder = join(root, 'restarted')
  const first = await startLocalCloud({ folder })
  const [rotated, disabled, pending] = [await first.createKey(), await first.createKey(), await first.createKey()]
  const before = await first.kms.call('GenerateDataKey', { KeyId: rotated })
  await first.kms.call('CreateKeyVersion', { KeyId: rotated })
  await first.kms.call('DisableKey', { KeyId: disabled })
  await first.kms.call('ScheduleKeyDeletion', { KeyId: pending, PendingWindowInDays: '7' })
  const keys = [rotated, disabled, pending]
  const told = await Promise.all(keys.map((KeyId) => first.kms.call('DescribeKey', { KeyId })))
  await first.close()

  const second = await startLocalCloud({ folder })
  expect(await Promise.all(keys.map((KeyId) => second.kms.call('DescribeKey', { KeyId })))).toEqual(told)
  const again = await second.kms.call('Decrypt', { CiphertextBlob: String(before.CiphertextBlob) })
  expect(again.Plaintext).toBe(before.Plaintext)
  await second.close()

  const later = await startLocalCloud({ folder, now: () => Date.now() + 8 * 24 * 60 * 60_000 })
  expect(await later.findKey(pending)).toBeUndefined()
  expect(await later.findKey(disabled)).toBe(disabled)
  await later.close()
})
