import type * as NodeCrypto from 'node:crypto'
import { EncryptionSdk, FormatError, KmsDataKeyProvider, type AlgorithmName } from 'osscrypt'
import { expect, test, vi } from 'vitest'
import { MemoryKms } from '../kms/memory-kms.js'
import { rejection } from '../support/rejection.js'

// node:crypto as Bun, Deno and OpenSSL for FIPS have it: what knows no SM4 fails with an error of its own.
vi.mock('node:crypto', async (importOriginal) => {
  const crypto = await importOriginal<typeof NodeCrypto>()
  const isKnown = (name: string) => !name.startsWith('sm4')
  return {
    ...crypto,
    getCiphers: () => crypto.getCiphers().filter(isKnown),
    createCipheriv: (...args: Parameters<typeof crypto.createCipheriv>) => {
      if (!isKnown(args[0])) throw new Error('Unknown cipher')
      return crypto.createCipheriv(...args)
    },
  }
})

const sm4: readonly AlgorithmName[] = [
  'SM4_GCM_NOPADDING_128',
  'SM4_CBC_NOPADDING_128',
  'SM4_CBC_PKCS5_128',
  'SM4_CTR_NOPADDING_128',
]

test.each(sm4)('%s is UnsupportedAlgorithm where the runtime has no SM4, before KMS is asked', async (algorithm) => {
  const kms = new MemoryKms()
  const sdk = new EncryptionSdk({ dataKeys: new KmsDataKeyProvider('acs:kms:cn-hangzhou:1:key/a', { kms }) })
  const options = { algorithm, allowUnauthenticatedAlgorithms: true }
  const error = await rejection(sdk.encrypt(new Uint8Array(16), options))
  expect(error).toBeInstanceOf(FormatError)
  expect(error).toMatchObject({ code: 'UnsupportedAlgorithm' })
  expect(error.message).toContain('this runtime has no SM4')
  expect(kms.requests).toEqual([])
})
