// Every algorithm of the Encryption SDK. Those that do not notice a change are written and read only on request.
import assert from 'node:assert/strict'
import { EncryptionSdk, KmsDataKeyProvider, OsscryptError } from 'osscrypt'
import { openKms } from './open-kms.mjs'

const { cmk, kms, close } = await openKms()
try {
  const sdk = new EncryptionSdk({ dataKeys: new KmsDataKeyProvider(cmk, kms) })
  const plaintext = Buffer.from('two whole blocks of 16 bytes ...')

  for (const algorithm of /** @type {const} */ ([
    'AES_GCM_NOPADDING_128',
    'AES_GCM_NOPADDING_256',
    'SM4_GCM_NOPADDING_128',
  ])) {
    const { message } = await sdk.encrypt(plaintext, { algorithm })
    const decrypted = await sdk.decrypt(message)
    assert.deepEqual(Buffer.from(decrypted.plaintext), plaintext)
    assert.equal(decrypted.encryption.algorithm, algorithm)
    console.log(`${algorithm}: authenticated`)
  }

  for (const algorithm of /** @type {const} */ ([
    'AES_CBC_NOPADDING_128',
    'AES_CBC_NOPADDING_256',
    'AES_CBC_PKCS5_128',
    'AES_CBC_PKCS5_256',
    'AES_CTR_NOPADDING_128',
    'AES_CTR_NOPADDING_256',
    'SM4_CBC_NOPADDING_128',
    'SM4_CBC_PKCS5_128',
    'SM4_CTR_NOPADDING_128',
  ])) {
    const { message } = await sdk.encrypt(plaintext, { algorithm, allowUnauthenticatedAlgorithms: true })
    const decrypted = await sdk.decrypt(message, { allowUnauthenticatedAlgorithms: true })
    assert.deepEqual(Buffer.from(decrypted.plaintext), plaintext)
    await assert.rejects(sdk.decrypt(message), (error) => error instanceof OsscryptError && error.code === 'NotAllowed')
    console.log(`${algorithm}: only with allowUnauthenticatedAlgorithms`)
  }
} finally {
  await close()
}
