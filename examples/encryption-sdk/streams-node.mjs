// Encrypts a file of any size into another and back, in constant memory, with Node streams.
import assert from 'node:assert/strict'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { EncryptionSdk, IntegrityError, KmsDataKeyProvider } from 'osscrypt'
import { openKms } from './open-kms.mjs'

const { cmk, kms, close } = await openKms()
const folder = await mkdtemp(join(tmpdir(), 'osscrypt-example-'))
try {
  const plain = join(folder, 'plain')
  const encrypted = join(folder, 'encrypted')
  const decrypted = join(folder, 'decrypted')
  await writeFile(plain, Buffer.alloc(3_000_000, 'a line of the file\n'))
  const sdk = new EncryptionSdk({ dataKeys: new KmsDataKeyProvider(cmk, kms) })

  const encryptionContext = { purpose: 'sample' }
  await pipeline(createReadStream(plain), sdk.encryptStream({ encryptionContext }), createWriteStream(encrypted))
  console.log(`encrypted: ${(await stat(plain)).size} bytes into ${(await stat(encrypted)).size}`)

  // Nothing is handed out before all of the message has been verified: until then it is held as ciphertext, above
  // `memoryLimit` in a temporary file.
  const decryption = sdk.decryptStream({ requiredContext: encryptionContext, memoryLimit: 1024 * 1024 })
  await pipeline(createReadStream(encrypted), decryption, createWriteStream(decrypted))
  console.log(`decrypted, from ${(await decryption.encryption).algorithm}`)
  assert((await readFile(decrypted)).equals(await readFile(plain)))

  // One changed bit, and not a byte comes out.
  const file = await open(encrypted, 'r+')
  const { buffer } = await file.read({ buffer: Buffer.alloc(1), position: 1_500_000 })
  await file.write(Buffer.of((buffer[0] ?? 0) ^ 1), 0, 1, 1_500_000)
  await file.close()
  const spoiled = join(folder, 'spoiled')
  const attempt = pipeline(createReadStream(encrypted), sdk.decryptStream(), createWriteStream(spoiled))
  await assert.rejects(attempt, IntegrityError)
  console.log(`changed: refused, ${(await stat(spoiled)).size} bytes written`)
  assert.equal((await stat(spoiled)).size, 0)
} finally {
  await rm(folder, { recursive: true })
  await close()
}
