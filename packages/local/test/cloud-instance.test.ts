import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startLocalCloud } from '../src/index.js'
import { type KmsAnswer, type KmsTarget, callKms } from './kms/call-kms.js'
import { targetOf } from './kms/target.js'

const cloud = await startLocalCloud({ instance: true })
afterAll(() => cloud.close())
const { instance } = cloud
if (instance === undefined) throw new Error('there is no instance')
const target: KmsTarget = {
  endpoint: instance.endpoint.replace('https://', ''),
  protocol: 'HTTPS',
  credentials: cloud.credentials,
  ca: instance.ca,
}
const call = (action: string, parameters: object): Promise<KmsAnswer> => callKms(target, action, parameters)
const key = await cloud.createKey({ instanceId: instance.id })

test('it has an id, an endpoint of its own and a CA', () => {
  expect(instance.id).toMatch(/^kst-[0-9a-z]+$/)
  expect(instance.endpoint).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
  expect(readFileSync(instance.caFile, 'utf8')).toBe(instance.ca)
  const ca = new X509Certificate(instance.ca)
  expect(ca.ca).toBe(true)
  expect(ca.verify(ca.publicKey)).toBe(true)
  expect(Date.parse(ca.validTo)).toBeGreaterThan(Date.now() + 300 * 24 * 60 * 60_000)
})

test('it serves its keys', async () => {
  expect(key).toMatch(/:key\/key-[0-9a-z]+$/)
  const made = await call('GenerateDataKey', { KeyId: key })
  expect((await call('Decrypt', { CiphertextBlob: made.CiphertextBlob })).Plaintext).toBe(made.Plaintext)
  const { CiphertextBlob } = await call('Encrypt', { KeyId: key, Plaintext: 'YQ==' })
  expect((await call('Decrypt', { CiphertextBlob })).Plaintext).toBe('YQ==')
})

test('nobody is believed without its CA', async () => {
  const { ca: _, ...withoutCa } = target
  await expect(callKms(withoutCa, 'GenerateDataKey', { KeyId: key })).rejects.toThrow(/certificate|signature/i)
})

test('its keys tell where they live, and the shared gateway serves them too', async () => {
  const { KeyMetadata } = await callKms(targetOf(cloud), 'DescribeKey', { KeyId: key })
  expect(KeyMetadata.DKMSInstanceId).toBe(instance.id)
  const made = await call('GenerateDataKey', { KeyId: key })
  const again = await callKms(targetOf(cloud), 'Decrypt', { CiphertextBlob: made.CiphertextBlob })
  expect(again.Plaintext).toBe(made.Plaintext)
})

test('keys outside it are out of its reach', async () => {
  const outside = await cloud.createKey()
  const { CiphertextBlob } = await callKms(targetOf(cloud), 'GenerateDataKey', { KeyId: outside })
  await expect(call('GenerateDataKey', { KeyId: outside })).rejects.toMatchObject({ code: 'Forbidden.KeyNotFound' })
  await expect(call('Decrypt', { CiphertextBlob })).rejects.toMatchObject({ code: 'Forbidden.KeyNotFound' })
})

test.each(['ReEncrypt', 'CreateKey', 'ListKeys', 'DisableKey'])('%s is not for its gateway', async (action) => {
  const { CiphertextBlob } = await call('GenerateDataKey', { KeyId: key })
  await expect(call(action, { KeyId: key, CiphertextBlob, DestinationKeyId: key })).rejects.toMatchObject({
    code: 'UnsupportedOperation',
    data: { statusCode: 400 },
  })
})

test('its secrets are read through it', async () => {
  const secret = { SecretName: 'inside', VersionId: 'v1', SecretData: 'value', DKMSInstanceId: instance.id }
  await expect(callKms(targetOf(cloud), 'CreateSecret', secret)).rejects.toMatchObject({ code: 'InvalidParameter' })
  await callKms(targetOf(cloud), 'CreateSecret', { ...secret, EncryptionKeyId: key })
  await callKms(targetOf(cloud), 'CreateSecret', { SecretName: 'outside', VersionId: 'v1', SecretData: 'value' })
  expect((await call('GetSecretValue', { SecretName: 'inside' })).SecretData).toBe('value')
  await expect(call('GetSecretValue', { SecretName: 'outside' })).rejects.toMatchObject({
    code: 'Forbidden.ResourceNotFound',
  })
})

test('its id stays with the folder, and its CA does not', async () => {
  const folder = join(cloud.folder, 'other')
  const seen: { id: string; ca: string }[] = []
  let kept = ''
  for (let n = 0; n < 2; n += 1) {
    await using other = await startLocalCloud({ folder, instance: true })
    if (other.instance === undefined) throw new Error('there is no instance')
    if (kept === '') kept = await other.createKey({ instanceId: other.instance.id })
    expect(await other.findKey(kept)).toBe(kept)
    seen.push(other.instance)
  }
  expect(seen[0]?.id).toBe(seen[1]?.id)
  expect(seen[0]?.ca).not.toBe(seen[1]?.ca)
})

test('its keys are unavailable while it is not there', async () => {
  const folder = join(cloud.folder, 'gone')
  const first = await startLocalCloud({ folder, instance: true })
  const instanceId = first.instance?.id ?? ''
  const [kept, pending] = [await first.createKey({ instanceId }), await first.createKey({ instanceId })]
  const made = await callKms(targetOf(first), 'GenerateDataKey', { KeyId: kept })
  await first.kms.call('ScheduleKeyDeletion', { KeyId: pending, PendingWindowInDays: '7' })
  await first.close()
  {
    await using without = await startLocalCloud({ folder })
    for (const [action, parameters] of [
      ['GenerateDataKey', { KeyId: kept }],
      ['Encrypt', { KeyId: kept, Plaintext: 'YQ==' }],
      ['Decrypt', { CiphertextBlob: made.CiphertextBlob }],
    ] as const) {
      await expect(callKms(targetOf(without), action, parameters)).rejects.toMatchObject({
        code: 'Rejected.Unavailable',
        data: { statusCode: 409 },
      })
    }
    const stateOf = async (KeyId: string): Promise<string | undefined> =>
      (await callKms(targetOf(without), 'DescribeKey', { KeyId })).KeyMetadata.KeyState
    expect([await stateOf(kept), await stateOf(pending)]).toEqual(['Unavailable', 'PendingDeletion'])
  }
  await using again = await startLocalCloud({ folder, instance: true })
  const opened = await callKms(targetOf(again), 'Decrypt', { CiphertextBlob: made.CiphertextBlob })
  expect(opened.Plaintext).toBe(made.Plaintext)
})

test('there is none when none was asked for', async () => {
  await using other = await startLocalCloud()
  expect(other.instance).toBeUndefined()
  await expect(other.createKey({ instanceId: instance.id })).rejects.toMatchObject({ code: 'InvalidParameter' })
})
