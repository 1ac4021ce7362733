import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { CachingDataKeyProvider, EncryptionSdk, KmsDataKeyProvider, noRetry } from 'osscrypt'
import { describe, expect, test } from 'vitest'
import { engine } from '#crypto-engine'
import { algorithmByName } from '../../src/crypto/algorithm.js'
import { encryptBody } from '../../src/crypto/whole-body.js'
import { encodeContext } from '../../src/message/encryption-context.js'
import { createHeader } from '../../src/message/header.js'
import { limits } from '../../src/message/limits.js'
import { encodeStreamHeader, encodeStreamIv } from '../../src/message/stream-message.js'
import { MemoryKms } from '../kms/memory-kms.js'
import { rejection } from '../support/rejection.js'
import { MemoryDataKeyProvider } from '../testing/memory-data-key-provider.js'
import { encodeMessage } from './encode-message.js'

// Nothing is written that is not read; and KMS is not asked for a data key that could not be used.

const text = Buffer.from('text')
const arns = (count: number) =>
  Array.from({ length: count }, (_, index) => `acs:kms:cn-hangzhou:1234567890123456:key/${index}`)
const contextOf = (length: number) => ({ k: 'x'.repeat(length - 13) })

describe('as many CMKs as a reader takes', () => {
  const sdkWith = (count: number) => {
    const kms = new MemoryKms()
    const dataKeys = new KmsDataKeyProvider(arns(count), { kms, retry: noRetry })
    return { kms, dataKeys, sdk: new EncryptionSdk({ dataKeys }) }
  }

  test('32 are written, and read', async () => {
    const { sdk } = sdkWith(limits.encryptedDataKeys)
    const { message } = await sdk.encrypt(text)
    expect((await sdk.decrypt(message)).plaintext).toEqual(new Uint8Array(text))
    const stream = sdk.encryptStream().end(text).pipe(sdk.decryptStream())
    expect(await buffer(stream)).toEqual(text)
  })

  test('33 are not, and KMS is not asked', async () => {
    const { kms, dataKeys, sdk } = sdkWith(33)
    const request = { algorithm: algorithmByName('AES_GCM_NOPADDING_256'), encryptionContext: {} }
    const encryptedDataKey = { keyArn: arns(1)[0]!, ciphertextBlob: randomBytes(60) }
    const cached = new EncryptionSdk({ dataKeys: new CachingDataKeyProvider(dataKeys, { maxAgeMs: 1000 }) })
    for (const work of [
      sdk.encrypt(text),
      cached.encrypt(text),
      buffer(sdk.encryptStream().end(text)),
      dataKeys.wrapDataKey({ ...request, dataKey: randomBytes(32) }),
      dataKeys.rewrapDataKey({ ...request, encryptedDataKey }),
    ]) {
      expect(await rejection(work)).toMatchObject({ name: 'OsscryptError', code: 'LimitExceeded' })
    }
    expect(kms.requests).toEqual([])
  })

  test('a reader may be given any number: what is read is under some of them', async () => {
    const kms = new MemoryKms()
    const { message } = await new EncryptionSdk({ dataKeys: new KmsDataKeyProvider(arns(1), { kms }) }).encrypt(text)
    const reader = new EncryptionSdk({ dataKeys: new KmsDataKeyProvider(arns(60).reverse(), { kms }) })
    expect((await reader.decrypt(message)).plaintext).toEqual(new Uint8Array(text))
  })
})

describe('contexts', () => {
  test.each([['32768 bytes', contextOf(32_768)]])(
    '%s are not written, and the provider is not asked',
    async (_title, encryptionContext) => {
      const dataKeys = new MemoryDataKeyProvider()
      const sdk = new EncryptionSdk({ dataKeys })
      for (const work of [
        sdk.encrypt(text, { encryptionContext }),
        buffer(sdk.encryptStream({ encryptionContext }).end(text)),
      ])
        expect(await rejection(work)).toMatchObject({ code: 'LimitExceeded' })
      expect(dataKeys.calls).toBe(0)
    },
  )

  /** A message as somebody wrote it who keeps to no limit, and a provider that opens it. */
  async function writtenElsewhere(encryptionContext: Record<string, string>) {
    const dataKeys = new MemoryDataKeyProvider()
    const algorithm = algorithmByName('AES_GCM_NOPADDING_256')
    const { dataKey, encryptedDataKeys } = await dataKeys.generateDataKey({ algorithm, encryptionContext })
    const header = await createHeader(engine, { algorithm, encryptionContext, encryptedDataKeys }, dataKey)
    const body = await encryptBody(engine, algorithm, dataKey, encodeContext(encryptionContext), text)
    const stream = [encodeStreamHeader(header), encodeStreamIv(body.iv), body.ciphertext, body.authTag]
    return {
      sdk: new EncryptionSdk({ dataKeys }),
      message: encodeMessage({ header, body }),
      stream: Buffer.concat(stream),
    }
  }

  test.each([
    ['of 40,000 bytes, as the Python SDK writes them', contextOf(40_000)],
    ['of 65,536 bytes', contextOf(65_536)],
    [
      'of 5,000 entries',
      Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [String(index).padStart(2, '0'), ''])),
    ],
  ])('%s are read', async (_title, encryptionContext) => {
    const { sdk, message, stream } = await writtenElsewhere(encryptionContext)
    const read = await sdk.decrypt(message)
    expect(Buffer.from(read.plaintext)).toEqual(text)
    expect(read.encryption.encryptionContext).toEqual(encryptionContext)
    expect(await buffer(sdk.decryptStream().end(stream))).toEqual(text)
  })
})
