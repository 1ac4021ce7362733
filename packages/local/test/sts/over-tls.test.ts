import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { type AccessKey, startLocalCloud } from '../../src/index.js'
import { callKms } from '../kms/call-kms.js'
import { targetOf } from '../kms/target.js'

const cloud = await startLocalCloud({ stsOverTls: true })
afterAll(() => cloud.close())
const { endpoint, caFile = '' } = cloud.sts
const program = fileURLToPath(new URL('ram-role.mjs', import.meta.url))

/** What the credentials client gets, or its error's message. */
async function assume(role: string, secret: string, environment: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const args = [program, cloud.credentials.accessKeyId, secret, role, endpoint.replace('https://', '')]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...environment } })
  return JSON.parse(stdout) as Record<string, string>
}

const role = `acs:ram::${cloud.accountId}:role/any`
const trusting = { NODE_EXTRA_CA_CERTS: caFile }

test("the vendor's credentials client assumes a role, and KMS takes what it got", async () => {
  expect(endpoint).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
  expect(readFileSync(caFile, 'utf8')).toContain('BEGIN CERTIFICATE')
  const got = await assume(role, cloud.credentials.accessKeySecret, trusting)
  const { accessKeyId = '', accessKeySecret = '', securityToken = '' } = got
  expect(accessKeyId).toMatch(/^STS\./)
  const credentials: AccessKey = { accessKeyId, accessKeySecret, securityToken }
  await callKms({ ...targetOf(cloud), credentials }, 'ListKeys')
})

test('it finds the string to sign in the answer to a wrong secret', async () => {
  const { message } = await assume(role, 'wrong', trusting)
  expect(message).toBe('the access key secret is invalid')
})

test('it tells what else is refused', async () => {
  const { message } = await assume('d', cloud.credentials.accessKeySecret, trusting)
  expect(message).toContain('InvalidParameter.RoleArn')
})

test('nobody is believed without its CA', async () => {
  const { message } = await assume(role, cloud.credentials.accessKeySecret, { NODE_EXTRA_CA_CERTS: '' })
  expect(message).toMatch(/certificate|signature/i)
})

test('without being asked for, it is HTTP, and has no CA', async () => {
  await using other = await startLocalCloud()
  expect(other.sts).toEqual({ endpoint: expect.stringMatching(/^http:/) as string })
})
