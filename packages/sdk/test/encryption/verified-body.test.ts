import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { algorithmByName } from '../../src/crypto/algorithm.js'
import { createDecryptor, createEncryptor } from '../../src/crypto/node-cipher.js'
import { takeVerifiedBody } from '../../src/encryption/verified-body.js'
import { patternBytes, sameBytes } from '../support/bytes.js'

test.each([0, 100_000, 8_000_000])(
  'what was checked is what is read, whoever changes the chunks (limit %d)',
  async (memoryLimit) => {
    const suite = algorithmByName('AES_GCM_NOPADDING_256')
    const [key, iv, aad] = [patternBytes(32), patternBytes(12), Buffer.alloc(0)]
    const plaintext = patternBytes(1_000_000)
    const encryptor = createEncryptor(suite, key, iv, aad)
    const ciphertext = encryptor.update(plaintext)
    const { authTag } = encryptor.finish()
    async function* reusing() {
      const chunk = Buffer.alloc(50_000)
      for (let start = 0; start < ciphertext.length; start += chunk.length) {
        chunk.set(ciphertext.subarray(start, start + chunk.length))
        yield chunk
        chunk.fill(0)
      }
    }
    const body = await takeVerifiedBody(
      reusing(),
      () => createDecryptor(suite, key, iv, aad),
      () => authTag,
      { memoryLimit, temporaryFolder: tmpdir() },
    )
    expect(sameBytes(await buffer(Readable.from(body.read())), plaintext)).toBe(true)
    await body.dispose()
  },
)
