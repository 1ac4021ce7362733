import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type AccessKey, type LocalCloud, startLocalCloud } from '../../src/index.js'
import { callKms } from '../kms/call-kms.js'
import { sendSigned } from '../kms/send-signed.js'
import { targetOf } from '../kms/target.js'

const root = mkdtempSync(join(tmpdir(), 'osscrypt-local-test-'))
afterAll(() => {
  rmSync(root, { recursive: true, force: true })
})
const dayMs = 24 * 60 * 60_000

/** What KMS says to a request of a key, by the cloud's own clock. */
async function answerTo(cloud: LocalCloud, credentials: AccessKey, now = Date.now()): Promise<string> {
  const headers = { 'x-acs-date': `${new Date(now).toISOString().slice(0, 19)}Z` }
  const { status, body } = await sendSigned({ ...targetOf(cloud), credentials }, { action: 'ListKeys', headers })
  return status === 200 ? 'well' : (JSON.parse(body) as { Code: string }).Code
}

test('a temporary key can be had for a moment, without STS', async () => {
  await using cloud = await startLocalCloud()
  const key = cloud.makeTemporaryKey(300)
  expect(key.securityToken).toMatch(/^[A-Za-z0-9+/]{512}$/)
  expect(await answerTo(cloud, key)).toBe('well')
  while (Date.now() < (key.expiresMs ?? 0)) await new Promise((resolve) => setTimeout(resolve, 20))
  expect(await answerTo(cloud, key)).toBe('InvalidSecurityToken.Expired')
  expect(await answerTo(cloud, cloud.credentials)).toBe('well')
})

test('clients are told how to use it', async () => {
  await using cloud = await startLocalCloud()
  const key = cloud.makeTemporaryKey(dayMs)
  expect(cloud.kmsOptions(key)).toEqual({ endpoint: cloud.kms.endpoint, credentials: key })
  expect(cloud.ossOptions('b', key)).toMatchObject({ accessKeyId: key.accessKeyId, stsToken: key.securityToken })
  expect(cloud.ossOptions('b')).not.toHaveProperty('stsToken')
  await callKms({ ...targetOf(cloud), credentials: key }, 'CreateKey')
})

test('it is kept in the folder, for its user alone, and an expired one is known as such for a week', async () => {
  const folder = join(root, 'kept')
  let now = Date.now()
  const first = await startLocalCloud({ folder, now: () => now })
  const [short, long] = [first.makeTemporaryKey(1000), first.makeTemporaryKey(dayMs)]
  await first.close()
  const files = readdirSync(join(folder, 'sts'), { recursive: true, withFileTypes: true })
  expect(files.filter((file) => file.isFile())).toHaveLength(2)
  for (const file of files) {
    expect(statSync(join(file.parentPath, file.name)).mode & 0o777).toBe(file.isFile() ? 0o600 : 0o700)
  }

  await using second = await startLocalCloud({ folder, now: () => now })
  now += 2000
  expect(await answerTo(second, short, now)).toBe('InvalidSecurityToken.Expired')
  expect(await answerTo(second, long, now)).toBe('well')
  now += 6 * dayMs
  second.makeTemporaryKey(1000)
  expect(await answerTo(second, short, now)).toBe('InvalidSecurityToken.Expired')
  now += dayMs
  second.makeTemporaryKey(1000)
  expect(await answerTo(second, short, now)).toBe('InvalidAccessKeyId.NotFound')
  expect(await answerTo(second, long, now)).toBe('InvalidSecurityToken.Expired')
})
