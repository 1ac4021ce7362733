import { CachingDataKeyProvider, EncryptionSdk, KmsDataKeyProvider, type DataKeyProvider } from 'osscrypt'
import { expect, test } from 'vitest'
import { MemoryKms } from '../kms/memory-kms.js'

const CMK = 'acs:kms:cn-hangzhou:1234567890123456:key/first'

/** The data keys with which a provider's messages are encrypted, as they were when they were handed out. */
function watch(provider: DataKeyProvider): { provider: DataKeyProvider; keys: string[] } {
  const keys: string[] = []
  return {
    keys,
    provider: {
      cmkArns: provider.cmkArns,
      async generateDataKey(request) {
        const materials = await provider.generateDataKey(request)
        keys.push(Buffer.from(materials.dataKey).toString('hex'))
        return materials
      },
      decryptDataKey: (request) => provider.decryptDataKey(request),
    },
  }
}

// Buffer.prototype.slice gives a view where Uint8Array's gives a copy: a cached key would be zeroed by its first user, and everything after
// it encrypted under a key of zeroes.
test('a cached data key outlives its first message also where KMS answers with Buffers', async () => {
  const kms = new MemoryKms()
  const cache = new CachingDataKeyProvider(new KmsDataKeyProvider(CMK, { kms }), {
    maxAgeMs: 60_000,
    maxMessages: 100,
  })
  const { provider, keys } = watch(cache)
  const writer = new EncryptionSdk({ dataKeys: provider })
  const messages = []
  for (const text of ['one', 'two', 'three']) messages.push((await writer.encrypt(Buffer.from(text))).message)
  expect(keys).toHaveLength(3)
  expect(new Set(keys).size).toBe(1)
  expect(keys[0]).not.toMatch(/^0+$/)
  expect(kms.operations).toEqual(['generateDataKey'])
  const reader = new EncryptionSdk({ dataKeys: cache })
  for (const message of [...messages, ...messages]) {
    expect(Buffer.from((await reader.decrypt(message)).plaintext).toString()).toMatch(/^(one|two|three)$/)
  }
  cache.clear()
  expect(kms.zeroed).toBe(true)
})
