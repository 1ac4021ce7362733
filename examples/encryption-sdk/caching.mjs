// Lets several messages share a data key, so that fewer calls to KMS are made. Whoever learns that key reads all of them.
import assert from 'node:assert/strict'
import { CachingDataKeyProvider, EncryptionSdk, KmsDataKeyProvider } from 'osscrypt'
import { openKms } from './open-kms.mjs'

const { cmk, kms, close } = await openKms()
const dataKeys = new CachingDataKeyProvider(new KmsDataKeyProvider(cmk, kms), {
  maxAgeMs: 60_000,
  maxMessages: 10,
  maxBytes: 1000,
  capacity: 10,
})
try {
  const sdk = new EncryptionSdk({ dataKeys })
  const encryptionContext = { table: 'customers' }

  const messages = []
  for (const name of ['Ada', 'Grace', 'Edsger']) {
    messages.push((await sdk.encrypt(Buffer.from(name), { encryptionContext })).message)
  }
  console.log(`3 messages encrypted, ${dataKeys.statistics.calls} call to KMS`)
  assert.equal(dataKeys.statistics.calls, 1)

  for (const message of messages) await sdk.decrypt(message)
  console.log(`and decrypted: ${dataKeys.statistics.calls} calls, ${dataKeys.statistics.hits} answers from the cache`)
  assert.equal(dataKeys.statistics.calls, 2)
  assert.equal(dataKeys.statistics.hits, 4)

  // Another context, algorithm or CMK gets a data key of its own.
  await sdk.encrypt(Buffer.from('Ada'), { encryptionContext: { table: 'suppliers' } })
  assert.equal(dataKeys.statistics.calls, 3)
} finally {
  dataKeys.clear()
  await close()
}
