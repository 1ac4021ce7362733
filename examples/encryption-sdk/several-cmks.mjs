// One message under three CMKs in two regions: any one of them opens it. Real KMS: CMK_ARN, CMK_ARN_2, CMK_ARN_3.
import assert from 'node:assert/strict'
import { EncryptionSdk, KeyError, KmsDataKeyProvider } from 'osscrypt'
import { openKms } from './open-kms.mjs'

const { cmk, kms, anotherCmk, close } = await openKms()
try {
  const sameRegion = await anotherCmk('CMK_ARN_2')
  const otherRegion = await anotherCmk('CMK_ARN_3', { region: 'cn-shanghai' })

  // The first CMK makes the data key; KMS wraps it under each of the others.
  const cmks = [cmk, sameRegion, otherRegion]
  const writer = new EncryptionSdk({ dataKeys: new KmsDataKeyProvider(cmks, kms) })
  const { message } = await writer.encrypt(Buffer.from('readable in both regions'), {
    encryptionContext: { purpose: 'sample' },
  })

  for (const one of cmks) {
    const reader = new EncryptionSdk({ dataKeys: new KmsDataKeyProvider(one, kms) })
    const { plaintext } = await reader.decrypt(message)
    assert.equal(Buffer.from(plaintext).toString(), 'readable in both regions')
    console.log(`opened with the CMK in ${one.split(':')[2]}`)
  }

  // Asking about CMKs that a message names, but the reader was not given, has to be allowed: by account and region.
  const [, , region = '', account = ''] = cmk.split(':')
  const discovering = new KmsDataKeyProvider([], { ...kms, discovery: { accounts: [account], regions: [region] } })
  const { encryption } = await new EncryptionSdk({ dataKeys: discovering }).decrypt(message)
  console.log(`opened by discovery; it is under ${encryption.cmkArns.length} CMKs`)

  const stranger = new KmsDataKeyProvider([], { ...kms, discovery: { accounts: ['1'], regions: [region] } })
  await assert.rejects(new EncryptionSdk({ dataKeys: stranger }).decrypt(message), (error) => {
    assert(error instanceof KeyError)
    console.log(`refused without asking KMS: ${error.code}`)
    return error.code === 'NoMatchingKey'
  })
} finally {
  await close()
}
