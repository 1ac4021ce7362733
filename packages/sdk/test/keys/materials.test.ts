import { randomBytes } from 'node:crypto'
import { EncryptionSdk, type DataKeyProvider, type EncryptionMaterials } from 'osscrypt'
import { expect, test } from 'vitest'

const ARN = 'acs:kms:cn-hangzhou:1234567890123456:key/mine'
const wrapped = { keyArn: ARN, ciphertextBlob: randomBytes(80) }

// A provider of the user's own that breaks its contract would make messages that nobody can read again.
test.each([
  ['no wrapped key', { encryptedDataKeys: [] }],
  ['two under one CMK', { encryptedDataKeys: [wrapped, { ...wrapped, ciphertextBlob: randomBytes(80) }] }],
  ['a key that is too short', { dataKey: randomBytes(16) }],
])('a provider that gives %s is refused, and its key zeroed', async (_title, broken) => {
  const materials: EncryptionMaterials = { dataKey: randomBytes(32), encryptedDataKeys: [wrapped], ...broken }
  const dataKeys: DataKeyProvider = {
    generateDataKey: () => Promise.resolve(materials),
    decryptDataKey: () => Promise.resolve(null),
  }
  await expect(new EncryptionSdk({ dataKeys }).encrypt(Buffer.from('text'))).rejects.toThrow(TypeError)
  expect(materials.dataKey.every((byte) => byte === 0)).toBe(true)
})
