import { OpenApiKmsClient } from 'osscrypt'
import { startLocalCloud, type LocalCloud } from 'osscrypt-local'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rejection } from '../support/rejection.js'

let cloud: LocalCloud
let other: LocalCloud
let keyId: string
beforeAll(async () => {
  cloud = await startLocalCloud({ instance: true })
  other = await startLocalCloud({ instance: true })
  keyId = await cloud.createKey({ instanceId: cloud.instance!.id })
})
afterAll(async () => {
  await cloud.close()
  await other.close()
})

test('one client trusts each authority where it was given, and nowhere else', async () => {
  const client = new OpenApiKmsClient({ credentials: cloud.credentials })
  const { id, endpoint, ca } = cloud.instance!
  const generate = (authority: string | undefined) =>
    client.generateDataKey({
      region: cloud.region,
      instance: { id, endpoint, ca: authority },
      keyId,
      length: { keySpec: 'AES_256' },
      encryptionContext: {},
    })
  expect(await rejection(generate(undefined))).toMatchObject({ code: 'Unreachable' })
  expect((await generate(ca)).plaintext).toHaveLength(32)
  expect(await rejection(generate(other.instance!.ca))).toMatchObject({ code: 'Unreachable' })
  expect(await rejection(generate(undefined))).toMatchObject({ code: 'Unreachable' })
  expect((await generate(ca)).plaintext).toHaveLength(32)
})
