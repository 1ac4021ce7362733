import { buffer } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { tmpdir } from 'node:os'
import { EncryptionSdk, type AlgorithmName } from 'osscrypt'
import { expect, test } from 'vitest'
import { decryptPieces } from '../../src/encryption/decrypt-stream.js'
import { patternBytes, sameBytes } from '../support/bytes.js'
import { MemoryDataKeyProvider } from '../testing/memory-data-key-provider.js'

const algorithms: readonly AlgorithmName[] = ['AES_GCM_NOPADDING_256', 'SM4_GCM_NOPADDING_128']
const cases = algorithms.flatMap((algorithm) =>
  [100_000, 3_000_000].flatMap((length) => [0, 100_000, 8_000_000].map((limit) => [algorithm, length, limit] as const)),
)

test.each(cases)(
  'what was checked is what is read, whoever changes the chunks (%s, %d bytes, limit %d)',
  async (algorithm, length, memoryLimit) => {
    const dataKeys = new MemoryDataKeyProvider(['acs:kms:cn-hangzhou:1:key/a'])
    const plaintext = patternBytes(length)
    const message = await buffer(new EncryptionSdk({ dataKeys }).encryptStream({ algorithm }).end(plaintext))
    async function* reusing() {
      const chunk = Buffer.alloc(50_000)
      for (let start = 0; start < message.length; start += chunk.length) {
        const part = message.subarray(start, start + chunk.length)
        chunk.set(part)
        yield chunk.subarray(0, part.length)
        chunk.fill(0)
      }
    }
    const options = { memoryLimit, temporaryFolder: tmpdir() }
    const decrypted = decryptPieces(dataKeys, reusing(), options, () => undefined)
    expect(sameBytes(await buffer(Readable.from(decrypted)), plaintext)).toBe(true)
  },
)
