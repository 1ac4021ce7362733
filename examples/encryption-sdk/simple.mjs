// Encrypts and decrypts bytes in memory. The message can be kept anywhere; the SDKs for Java and Python read it as well.
import assert from 'node:assert/strict'
import { EncryptionSdk, KmsDataKeyProvider } from 'osscrypt'
import { openKms } from './open-kms.mjs'

const { cmk, kms, close } = await openKms()
try {
  const sdk = new EncryptionSdk({ dataKeys: new KmsDataKeyProvider(cmk, kms) })
  const encryptionContext = { purpose: 'sample', customer: '4711' }

  const { message, encryption } = await sdk.encrypt(Buffer.from('Hello World'), { encryptionContext })
  console.log(`encrypted: ${message.length} bytes under ${encryption.algorithm}`)

  // The provider opens what is under its own CMKs. The context is in the message: say what you expect to find there.
  const { plaintext } = await sdk.decrypt(message, { requiredContext: { customer: '4711' } })
  console.log(`decrypted: ${Buffer.from(plaintext).toString()}`)
  assert.equal(Buffer.from(plaintext).toString(), 'Hello World')
  assert.deepEqual(encryption.cmkArns, [cmk])
} finally {
  await close()
}
