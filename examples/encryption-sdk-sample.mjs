// Encrypts and decrypts data without OSS, in messages that the Encryption SDKs for Java and Python read as well.
import { EncryptionSdk, IntegrityError, KmsDataKeyProvider } from 'osscrypt'
import { openCloud } from './cloud.mjs'

const { cmk, kms, close } = await openCloud()
try {
  const sdk = new EncryptionSdk({ dataKeys: new KmsDataKeyProvider(cmk, kms) })

  const card = Buffer.from('4111 1111 1111 1111')
  const { message } = await sdk.encrypt(card, { encryptionContext: { table: 'cards', row: '42' } })
  console.log(`message: ${message.length} bytes`)

  const { plaintext } = await sdk.decrypt(message, { requiredContext: { table: 'cards', row: '42' } })
  console.log(`decrypted: ${Buffer.from(plaintext).toString()}`)

  const tampered = message.map((byte, index) => (index === message.length - 1 ? byte ^ 1 : byte))
  try {
    await sdk.decrypt(tampered)
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error
    console.log(`tampered: ${error.code}`)
  }
} finally {
  await close()
}
