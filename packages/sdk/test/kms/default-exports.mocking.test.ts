import { OpenApiKmsClient } from 'osscrypt'
import { expect, test, vi } from 'vitest'
import { json, startAnsweringServer } from './answering-server.js'

// The vendor's modules as rollup, Babel and Bun import them: the default import is the class itself, not all that the module exports.
vi.mock('@alicloud/openapi-client', importAsBundlersDo)
vi.mock('@alicloud/credentials', importAsBundlersDo)

async function importAsBundlersDo(importOriginal: () => Promise<object>): Promise<object> {
  const original = (await importOriginal()) as { readonly default: { readonly default: unknown } }
  return { ...original, default: original.default.default }
}

test('KMS is reached through modules whose default import is what they export as default', async () => {
  const kms = await startAnsweringServer()
  kms.answer = json({ Plaintext: 'YQ==', KeyId: 'key' })
  vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_ID', 'id-1')
  vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_SECRET', 'secret')
  const client = new OpenApiKmsClient({ endpoint: kms.endpoint })
  const request = { region: 'cn-hangzhou', ciphertextBlob: Uint8Array.of(1), encryptionContext: {} }
  expect(await client.decrypt(request)).toEqual({ keyId: 'key', plaintext: new TextEncoder().encode('a') })
})
