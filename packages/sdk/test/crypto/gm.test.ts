import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { algorithmByName } from '../../src/crypto/algorithm.js'
import { createDecryptor, createEncryptor, sm4Gcm } from '../../src/crypto/node-sequential-cipher.js'
import { startSm4GcmEncryption } from '../../src/crypto/sm4-gcm.js'

// The examples of the standards that a suite here stands for. SM3 and SM2 are the signatures' (test/signature); SM4-ECB and SM4-CCM are no
// suite's.
interface Example {
  readonly id: string
  readonly key: string
  readonly iv: string
  readonly aad?: string
  readonly plaintext: string
  readonly ciphertext: string
  readonly tag?: string
}

const { vectors } = JSON.parse(readFileSync(new URL('../vectors/gm/gm.json', import.meta.url), 'utf8')) as {
  vectors: Example[]
}
const example = (id: string): Example => vectors.find((vector) => vector.id === id)!
const bytes = (hex = ''): Buffer => Buffer.from(hex, 'hex')

test.each([
  ['sm4-cbc-1', 'SM4_CBC_NOPADDING_128'],
  ['sm4-ctr-1', 'SM4_CTR_NOPADDING_128'],
  ['sm4-gcm-1', 'SM4_GCM_NOPADDING_128'],
] as const)('%s as %s', (id, name) => {
  const { key, iv, aad, plaintext, ciphertext, tag } = example(id)
  const suite = algorithmByName(name)
  const encryptor = createEncryptor(suite, bytes(key), bytes(iv), bytes(aad))
  const first = encryptor.update(bytes(plaintext))
  const { rest, authTag } = encryptor.finish()
  expect(Buffer.concat([first, rest]).toString('hex')).toBe(ciphertext)
  expect(Buffer.from(authTag).toString('hex')).toBe(tag ?? '')
  const decryptor = createDecryptor(suite, bytes(key), bytes(iv), bytes(aad))
  const opened = Buffer.concat([decryptor.update(bytes(ciphertext)), decryptor.finish(bytes(tag))])
  expect(opened.toString('hex')).toBe(plaintext)
})

test('our own SM4-GCM is that of RFC 8998, in pieces of any length', () => {
  const { key, iv, aad, plaintext, ciphertext, tag } = example('sm4-gcm-1')
  for (let size = 1; size <= 64; size += 1) {
    const encryptor = startSm4GcmEncryption(sm4Gcm(bytes(key), bytes(iv)), bytes(aad))
    const parts = Array.from({ length: Math.ceil(64 / size) }, (_, at) =>
      encryptor.update(bytes(plaintext).subarray(at * size, (at + 1) * size)),
    )
    const { authTag } = encryptor.finish()
    expect(Buffer.concat(parts).toString('hex')).toBe(ciphertext)
    expect(Buffer.from(authTag).toString('hex')).toBe(tag)
  }
})
