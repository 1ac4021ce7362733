// The same streams as web streams: what `fetch`, `Blob` and `Response` work with.
import assert from 'node:assert/strict'
import { EncryptionSdk, KmsDataKeyProvider } from 'osscrypt'
import { openKms } from './open-kms.mjs'

const { cmk, kms, close } = await openKms()
try {
  const sdk = new EncryptionSdk({ dataKeys: new KmsDataKeyProvider(cmk, kms) })
  const text = 'a line of the file\n'.repeat(100_000)

  const encryption = sdk.encryptWebStream({ encryptionContext: { purpose: 'sample' } })
  const encrypted = await new Response(new Blob([text]).stream().pipeThrough(encryption)).arrayBuffer()
  console.log(`encrypted: ${text.length} bytes into ${encrypted.byteLength}`)

  const decryption = sdk.decryptWebStream()
  const decrypted = await new Response(new Blob([encrypted]).stream().pipeThrough(decryption)).text()
  const { algorithm, encryptionContext } = await decryption.encryption
  console.log(`decrypted, from ${algorithm} with the context ${JSON.stringify(encryptionContext)}`)
  assert.equal(decrypted, text)
} finally {
  await close()
}
