// Keeps one data key, wrapped, in Secrets Manager: messages carry no header. Real KMS: SECRET_NAME too; the secret stays.
import assert from 'node:assert/strict'
import { EncryptionSdk, KmsDataKeyProvider, OsscryptError, SecretsManagerDataKeyProvider } from 'osscrypt'
import { openKms } from './open-kms.mjs'

const { cmk, kms, close } = await openKms()
try {
  const secretName = process.env.SECRET_NAME ?? 'osscrypt/sample'
  const [, , region = ''] = cmk.split(':')

  // The first message makes the secret. `encryptionKeyId` is the CMK that Secrets Manager encrypts it with; the SDKs for
  // Java and Python take the same one as for the data key.
  const dataKeys = new SecretsManagerDataKeyProvider(secretName, new KmsDataKeyProvider(cmk, kms), {
    ...kms,
    region,
    encryptionKeyId: cmk,
  })
  const sdk = new EncryptionSdk({ dataKeys })
  const encryptionContext = { table: 'customers' }
  const { message } = await sdk.encrypt(Buffer.from('Ada'), { encryptionContext })
  console.log(`a message of 3 bytes has ${message.length}; its header is in the secret ${secretName}`)

  // A reader that knows the name of the secret and may use the CMK.
  const reader = new EncryptionSdk({
    dataKeys: new SecretsManagerDataKeyProvider(secretName, new KmsDataKeyProvider(cmk, kms), { ...kms, region }),
  })
  const { plaintext } = await reader.decrypt(message, { requiredContext: encryptionContext })
  console.log(`decrypted: ${Buffer.from(plaintext).toString()}`)
  assert.equal(Buffer.from(plaintext).toString(), 'Ada')

  // The context belongs to the secret. A message under another one could never be read again, and is not written.
  await assert.rejects(sdk.encrypt(Buffer.from('Grace'), { encryptionContext: { table: 'suppliers' } }), (error) => {
    assert(error instanceof OsscryptError)
    console.log(`another context: ${error.code}`)
    return error.code === 'ContextMismatch'
  })
} finally {
  await close()
}
