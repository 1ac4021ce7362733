// Reads what the OSS SDKs' own encryption wrote, moves it to a format that can be verified, and writes for who reads with those SDKs still.
// See cloud.mjs for what it runs against.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { KmsDataKeyProvider, RsaDataKeyProvider } from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { openCloud } from './cloud.mjs'

const { cmk, kms, store, close } = await openCloud()
try {
  const name = 'osscrypt-sample/old.txt'
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })

  // The key pair that SimpleRSAEncryptionMaterials, RsaProvider or CreateMasterRsa were given, and the description (`matdesc`) beside it.
  const rsa = new RsaDataKeyProvider({ privateKey: pem, description: { team: 'finance' } })

  // Writes as those SDKs do, for readers that know nothing else. Nobody notices when such an object is changed: the option says so.
  const writer = new OssEncryptionClient({ store, dataKeys: rsa })
  await writer.put(name, Buffer.from('The figures of 2019.'), { format: 'oss-sdk-ctr', writeWithoutIntegrity: true })

  // Reads what they wrote. Results say that nothing is verified.
  const reader = new OssEncryptionClient({ store, dataKeys: rsa, allowLegacyFormats: true })
  const { content, verified, integrity } = await reader.get(name)
  console.log(`${content} (verified: ${verified}, integrity: ${integrity})`)
  const part = await reader.getRange(name, { start: 4, end: 10 })
  console.log(`a part: ${part.content}`)

  // Stores it anew where it is, under a CMK, so that it can be verified from then on. Where the content came from stays known.
  const strict = new OssEncryptionClient({ store, dataKeys: new KmsDataKeyProvider(cmk, kms), requireBinding: true })
  const { before } = await strict.upgrade(name, { from: rsa, allowLegacyFormats: true, requireBinding: false })
  console.log(`was ${before.format}`)
  const now = await strict.get(name)
  assert.equal(now.verified, true)
  console.log(`now ${now.encryption.algorithm}, origin ${now.encryption.encryptionContext['osscrypt:origin']}`)
  await strict.delete(name)
} finally {
  await close()
}
