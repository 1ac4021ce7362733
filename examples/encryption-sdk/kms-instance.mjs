// Uses a CMK that lives in a KMS instance: at the instance's own gateway, which has a certificate authority of its own.
// Real KMS: KMS_INSTANCE_ID, KMS_INSTANCE_CMK_ARN, KMS_INSTANCE_CA_FILE, and the credentials in the environment.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { EncryptionSdk, KmsDataKeyProvider } from 'osscrypt'
import { startLocalCloud } from 'osscrypt-local'

const { cmk, shared, kms, instance, close } = await openInstance()
try {
  // `instance` is { id, ca }, with `endpoint` where it is not <id>.cryptoservice.kms.aliyuncs.com.
  const dataKeys = new KmsDataKeyProvider(cmk, { ...kms, instances: { [cmk]: instance } })
  const sdk = new EncryptionSdk({ dataKeys })
  const { message } = await sdk.encrypt(Buffer.from('Hello World'), { encryptionContext: { purpose: 'sample' } })
  const { plaintext } = await sdk.decrypt(message)
  console.log(`at the gateway of the instance: ${Buffer.from(plaintext).toString()}`)
  assert.equal(Buffer.from(plaintext).toString(), 'Hello World')

  // KMS can be asked which CMKs live in an instance. Without `ca` they are used through the region's shared gateway.
  const asking = new KmsDataKeyProvider([cmk, ...shared], { ...kms, instances: 'describe' })
  const both = await new EncryptionSdk({ dataKeys: asking }).encrypt(Buffer.from('Hello World'))
  await sdk.decrypt(both.message)
  console.log(`with the shared gateway: under ${both.encryption.cmkArns.length} CMKs`)
} finally {
  await close()
}

async function openInstance() {
  const { KMS_INSTANCE_ID, KMS_INSTANCE_CMK_ARN, KMS_INSTANCE_CA_FILE, OSSCRYPT_EXAMPLE_LOCAL } = process.env
  if (KMS_INSTANCE_ID && KMS_INSTANCE_CMK_ARN && KMS_INSTANCE_CA_FILE && OSSCRYPT_EXAMPLE_LOCAL !== '1') {
    return {
      cmk: KMS_INSTANCE_CMK_ARN,
      shared: [],
      kms: {},
      instance: { id: KMS_INSTANCE_ID, ca: await readFile(KMS_INSTANCE_CA_FILE, 'utf8') },
      close: async () => undefined,
    }
  }
  const cloud = await startLocalCloud({ instance: true })
  assert(cloud.instance)
  const { id, endpoint, ca } = cloud.instance
  return {
    cmk: await cloud.createKey({ instanceId: id }),
    shared: [await cloud.createKey()],
    kms: { endpoint: cloud.kms.endpoint, credentials: cloud.credentials },
    instance: { id, endpoint, ca },
    close: () => cloud.close(),
  }
}
