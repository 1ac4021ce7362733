// Encrypts an object on its way into OSS, reads it whole, and reads a part of it. See cloud.mjs for what it runs against.
import { KmsDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { openCloud } from './cloud.mjs'

const { cmk, kms, store, close } = await openCloud()
try {
  const client = new OssEncryptionClient({ store, dataKeys: new KmsDataKeyProvider(cmk, kms) })
  const name = 'osscrypt-sample/report.txt'

  // Encrypts and uploads. The context is stored in the clear, and KMS unwraps the data key for this very context only.
  const text = 'The quarterly figures, which are for the board alone.'
  await client.put(name, Buffer.from(text), { encryptionContext: { department: 'finance' }, meta: { author: 'ada' } })

  // Downloads and decrypts. What comes back is verified; an object without this context would be refused.
  const { content, encryption, meta } = await client.get(name, { requiredContext: { department: 'finance' } })
  console.log(`whole: ${content.toString()}`)
  console.log(`algorithm: ${encryption.algorithm}, author: ${meta.author}`)

  // Downloads and decrypts bytes 4 to 20. Nothing verifies a part of an AES-GCM object; the option says so.
  const part = await client.getRange(name, { start: 4, end: 20 }, { allowUnverifiedRange: true })
  console.log(`part: ${part.content.toString()} (verified: ${part.verified})`)

  await client.delete(name)
} finally {
  await close()
}
