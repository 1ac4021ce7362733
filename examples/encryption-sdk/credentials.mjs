// Every way to give KMS credentials. What needs the cloud runs when ROLE_ARN, ECS_RAM_ROLE or OIDC_PROVIDER_ARN is set.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { EncryptionSdk, KmsDataKeyProvider, ServiceError } from 'osscrypt'
import { startLocalCloud } from 'osscrypt-local'

const { CMK_ARN, ROLE_ARN, ECS_RAM_ROLE, OIDC_PROVIDER_ARN, OIDC_TOKEN_FILE } = process.env
const key = { accessKeyId: 'sample-key-id', accessKeySecret: 'sample-key-secret' }
const session = { accessKeyId: 'STS.sample', accessKeySecret: 'sample-secret', securityToken: 'sample-token' }
const cloud = await startLocalCloud({ accessKeys: [key, session] })
const { endpoint } = cloud.kms
const cmk = await cloud.createKey()
const server = createServer((_request, response) => {
  const { accessKeyId: AccessKeyId, accessKeySecret: AccessKeySecret, securityToken: SecurityToken } = session
  const Expiration = new Date(Date.now() + 3_600_000).toISOString()
  response.end(JSON.stringify({ Code: 'Success', AccessKeyId, AccessKeySecret, SecurityToken, Expiration }))
})

/** @param {string} kind @param {KmsDataKeyProvider} dataKeys */
async function use(kind, dataKeys) {
  const sdk = new EncryptionSdk({ dataKeys })
  const { message } = await sdk.encrypt(Buffer.from('Hello World'))
  const { plaintext } = await sdk.decrypt(message)
  assert.equal(Buffer.from(plaintext).toString(), 'Hello World')
  console.log(`${kind}: ok`)
}

try {
  await use('access key', new KmsDataKeyProvider(cmk, { endpoint, credentials: key }))
  await use('STS token', new KmsDataKeyProvider(cmk, { endpoint, credentials: session }))

  // A function is asked before every request: for keys that are rotated, or come out of a vault.
  let asked = 0
  const rotating = async () => (++asked % 2 === 0 ? key : session)
  await use('function', new KmsDataKeyProvider(cmk, { endpoint, credentials: rotating }))
  assert.equal(asked, 2)

  // A client of @alicloud/credentials, or anything else with its `getCredential`.
  const client = { getCredential: async () => ({ ...session, type: 'sts' }) }
  await use('client', new KmsDataKeyProvider(cmk, { endpoint, credentials: client }))

  // What Config of @alicloud/credentials takes.
  const typed = { type: 'access_key', ...key }
  await use('Config: access_key', new KmsDataKeyProvider(cmk, { endpoint, credentials: typed }))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const address = /** @type {import('node:net').AddressInfo} */ (server.address())
  const uri = { type: 'credentials_uri', credentialsURI: `http://127.0.0.1:${address.port}/credentials` }
  await use('Config: credentials_uri', new KmsDataKeyProvider(cmk, { endpoint, credentials: uri }))

  // Nothing given: the default chain. Here its first source answers, the environment.
  process.env.ALIBABA_CLOUD_ACCESS_KEY_ID = key.accessKeyId
  process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET = key.accessKeySecret
  delete process.env.ALIBABA_CLOUD_SECURITY_TOKEN
  await use('default chain', new KmsDataKeyProvider(cmk, { endpoint }))

  // Wrong ones are told from missing ones, and neither is repeated in the message.
  const wrong = new KmsDataKeyProvider(cmk, { endpoint, credentials: { ...key, accessKeySecret: 'wrong' } })
  await assert.rejects(
    new EncryptionSdk({ dataKeys: wrong }).encrypt(Buffer.from('x')),
    (error) => error instanceof ServiceError && error.code === 'AccessDenied',
  )

  if (CMK_ARN && ROLE_ARN) {
    // withRamRoleArnOrSts of the SDK for Java: assumes the role, and again before the session ends.
    const credentials = {
      type: 'ram_role_arn',
      accessKeyId: process.env.BASE_ACCESS_KEY_ID ?? '',
      accessKeySecret: process.env.BASE_ACCESS_KEY_SECRET ?? '',
      roleArn: ROLE_ARN,
      roleSessionName: 'osscrypt',
    }
    await use('Config: ram_role_arn', new KmsDataKeyProvider(CMK_ARN, { credentials }))
  } else console.log('Config: ram_role_arn: skipped, needs CMK_ARN and ROLE_ARN')
  if (CMK_ARN && ECS_RAM_ROLE) {
    // withEcsRamRole of the SDK for Java: on an ECS instance that has the role.
    const credentials = { type: 'ecs_ram_role', roleName: ECS_RAM_ROLE }
    await use('Config: ecs_ram_role', new KmsDataKeyProvider(CMK_ARN, { credentials }))
  } else console.log('Config: ecs_ram_role: skipped, needs CMK_ARN and ECS_RAM_ROLE')
  if (CMK_ARN && ROLE_ARN && OIDC_PROVIDER_ARN) {
    const credentials = {
      type: 'oidc_role_arn',
      roleArn: ROLE_ARN,
      oidcProviderArn: OIDC_PROVIDER_ARN,
      oidcTokenFilePath: OIDC_TOKEN_FILE ?? '',
      roleSessionName: 'osscrypt',
    }
    await use('Config: oidc_role_arn', new KmsDataKeyProvider(CMK_ARN, { credentials }))
  } else console.log('Config: oidc_role_arn: skipped, needs CMK_ARN, ROLE_ARN and OIDC_PROVIDER_ARN')
} finally {
  server.close()
  await cloud.close()
}
