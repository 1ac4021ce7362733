import { EncryptionSdk, FormatError, KmsDataKeyProvider, noRetry } from 'osscrypt'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { rejection } from '../support/rejection.js'
import { MemoryKms } from '../kms/memory-kms.js'
import { der, streamOf, type HostileHeader } from './write-header.js'

// Headers of a writer who wants to break the reader. Each is refused as FormatError, before KMS is asked.

const CMK = 'acs:kms:cn-hangzhou:1234567890123456:key/first'
const OTHER = 'acs:kms:cn-hangzhou:1234567890123456:key/second'
const kms = new MemoryKms()
const sdk = new EncryptionSdk({ dataKeys: new KmsDataKeyProvider(CMK, { kms, retry: noRetry }) })

async function expectRefused(bytes: Uint8Array, code: RegExp, options = {}): Promise<void> {
  for (const size of [bytes.length, 1]) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    )
    const error = await rejection(buffer(Readable.from(chunks).pipe(sdk.decryptStream(options))))
    expect(error).toBeInstanceOf(FormatError)
    expect(error['code']).toMatch(code)
  }
  expect(kms.requests).toEqual([])
}

const huge = 0xffffffff
const invalid = /^InvalidFormat$/
const limit = /^LimitExceeded$/
const keys = (...arns: string[]) => arns.map((arn) => ({ arn }))
const pairs = (...names: string[]) => names.map((name) => [name, 'v'] as const)

describe('streams', () => {
  test('the header that the others are changes of is well-formed', async () => {
    const error = await rejection(buffer(Readable.from([streamOf({})]).pipe(sdk.decryptStream())))
    expect(error['code']).toBe('WrongContext')
    kms.requests.length = 0
  })

  test.each<[string, HostileHeader, RegExp]>([
    ['version 2', { version: 2 }, /^UnsupportedVersion$/],
    ['version 2^32-1', { version: huge }, /^UnsupportedVersion$/],
    ['algorithm 0', { algorithm: 0 }, /^UnsupportedAlgorithm$/],
    ['algorithm 13', { algorithm: 13 }, /^UnsupportedAlgorithm$/],
    ['algorithm 2^32-1', { algorithm: huge }, /^UnsupportedAlgorithm$/],
    ['FLOE, which is no message', { algorithm: 0x464c4f45 }, /^UnsupportedAlgorithm$/],
    ['context of 2^32-1 bytes', { contextLength: huge }, limit],
    ['context of 65537 bytes', { contextLength: 65537 }, limit],
    ['context key of 2^32-1 bytes', { pairs: pairs('a'), pairLengths: [huge] }, invalid],
    ['context value of 2^32-1 bytes', { pairs: pairs('a'), pairLengths: [1, huge] }, invalid],
    ['2^32-1 context entries', { pairs: pairs('a'), pairCount: huge }, invalid],
    ['fewer entries than counted', { pairs: pairs('a'), pairCount: 2 }, invalid],
    ['more entries than counted', { pairs: pairs('a', 'b'), pairCount: 1 }, invalid],
    ['a count of 0 instead of an empty context', { pairs: [], pairCount: 0, contextLength: 4 }, invalid],
    ['context not sorted', { pairs: pairs('b', 'a') }, invalid],
    ['context sorted as UTF-16', { pairs: pairs('\u{10000}', '\uffff') }, invalid],
    ['a context key twice', { pairs: pairs('a', 'a') }, invalid],
    ['a context key twice, as __proto__', { pairs: pairs('__proto__', '__proto__') }, invalid],
    ['2^32-1 data keys', { keyCount: huge }, limit],
    ['a million data keys', { keyCount: 1_000_000 }, limit],
    ['33 data keys', { keyCount: 33 }, limit],
    ['no data key', { keys: [], keyCount: 0 }, invalid],
    ['an ARN of 2^32-1 bytes', { keys: [{ arn: CMK, arnLength: huge }] }, limit],
    ['an ARN of 513 bytes', { keys: [{ arn: 'a'.repeat(513) }] }, limit],
    ['a blob of 2^32-1 bytes', { keys: [{ arn: CMK, blobLength: huge }] }, limit],
    ['a blob of 16388 characters', { keys: [{ arn: CMK, blob: 'A'.repeat(16388) }] }, limit],
    ['the same wrapped key twice', { keys: keys(CMK, CMK) }, invalid],
    [
      'two wrapped keys under one CMK',
      {
        keys: [
          { arn: CMK, blob: 'YQ==' },
          { arn: CMK, blob: 'Yg==' },
        ],
      },
      invalid,
    ],
    ['ARNs not sorted', { keys: keys(OTHER, CMK) }, invalid],
    ['a blob with a line break', { keys: [{ arn: CMK, blob: 'YWJj\n' }] }, invalid],
    ['a blob without its padding', { keys: [{ arn: CMK, blob: 'YQ' }] }, invalid],
    ['a blob with stray bits', { keys: [{ arn: CMK, blob: 'YR==' }] }, invalid],
    ['a blob in base64url', { keys: [{ arn: CMK, blob: '-_-_' }] }, invalid],
    ['header iv of 2^32-1 bytes', { headerIvLength: huge }, invalid],
    ['header iv of 11 bytes', { headerIvLength: 11 }, invalid],
    ['header tag of 2^32-1 bytes', { headerTagLength: huge }, invalid],
    ['header tag of 4 bytes', { headerTagLength: 4 }, invalid],
    ['iv of 2^32-1 bytes', { ivLength: huge }, invalid],
    ['iv of 0 bytes', { ivLength: 0 }, invalid],
    ['iv of 16 bytes', { ivLength: 16 }, invalid],
    ['iv length in big-endian', { ivLength: 12 << 24 }, invalid],
  ])('%s', async (_title, header, code) => {
    await expectRefused(streamOf(header), code)
  })

  test('maxEncryptedDataKeys is the caller’s', async () => {
    await expectRefused(streamOf({ keys: keys(CMK, OTHER) }), limit, { maxEncryptedDataKeys: 1 })
    for (const maxEncryptedDataKeys of [0, -1, 1.5, NaN, Infinity, '5']) {
      const stream = Readable.from([streamOf({})]).pipe(
        sdk.decryptStream({ maxEncryptedDataKeys: maxEncryptedDataKeys as number }),
      )
      expect(await rejection(buffer(stream))).toBeInstanceOf(RangeError)
      const options = { maxEncryptedDataKeys: maxEncryptedDataKeys as number }
      expect(await rejection(sdk.decrypt(der({}), options))).toBeInstanceOf(RangeError)
    }
    expect(kms.requests).toEqual([])
  })
})

describe('messages', () => {
  test('the message that the others are changes of is well-formed', async () => {
    expect((await rejection(sdk.decrypt(der({}))))['code']).toBe('WrongContext')
    kms.requests.length = 0
  })

  test.each<[string, HostileHeader, RegExp]>([
    ['33 data keys', { keys: keys(...Array.from({ length: 33 }, (_, index) => `${CMK}${index + 10}`)) }, limit],
    ['no data key', { keys: [] }, invalid],
    ['the same wrapped key twice', { keys: keys(CMK, CMK) }, invalid],
    [
      'two wrapped keys under one CMK, with FLOE',
      {
        algorithm: 0x464c4f45,
        headerIvLength: 0,
        headerTagLength: 0,
        keys: [
          { arn: CMK, blob: 'YQ==' },
          { arn: CMK, blob: 'Yg==' },
        ],
      },
      invalid,
    ],
    ['an ARN of 513 bytes', { keys: [{ arn: 'a'.repeat(513) }] }, limit],
    ['a blob of 12289 bytes', { keys: [{ arn: CMK, blob: Buffer.alloc(12289).toString('base64') }] }, limit],
    ['a context of 65537 bytes', { pairs: [['k', 'x'.repeat(65537 - 13)]] }, limit],
    ['a context of a megabyte', { pairs: [['k', 'x'.repeat(1 << 20)]] }, limit],
    [
      '6000 context entries',
      { pairs: Array.from({ length: 6000 }, (_, index) => [`${index + 10000}`, ''] as const) },
      limit,
    ],
    [
      'a context key twice',
      {
        pairs: [
          ['a', '1'],
          ['a', '2'],
        ],
      },
      invalid,
    ],
    ['a context key that is not UTF-8', { pairs: [[Buffer.from([0xff]), 'v']] }, invalid],
    ['a lone surrogate as bytes', { pairs: [['k', Buffer.from('eda080', 'hex')]] }, invalid],
    ['an ARN that is not UTF-8', { keys: [{ arn: Buffer.from([0xc3]) }] }, invalid],
  ])('%s', async (_title, header, code) => {
    const error = await rejection(sdk.decrypt(der(header)))
    expect(error).toBeInstanceOf(FormatError)
    expect(error['code']).toMatch(code)
    expect(kms.requests).toEqual([])
  })
})

describe('no request leaves for an ARN that was not given', () => {
  test.each([
    OTHER,
    'acs:kms:evil.example/:1:key/x',
    'acs:kms:cn-hangzhou.evil.example:1234567890123456:key/first',
    'acs:kms:cn-hangzhou:1234567890123456:key/first\n',
    ` ${CMK}`,
    CMK.toUpperCase(),
    '',
    'alias/first',
    'http://127.0.0.1/',
  ])('%j', async (arn) => {
    const message = der({ keys: [{ arn }] })
    const discovering = new KmsDataKeyProvider([], { kms, discovery: { accounts: ['1'], regions: ['cn-hangzhou'] } })
    for (const reader of [sdk, new EncryptionSdk({ dataKeys: discovering })]) {
      const error = await rejection(reader.decrypt(message))
      expect(error).toMatchObject({ name: 'KeyError', code: 'NoMatchingKey' })
      // The message shows well-formed ARNs only.
      if (arn !== OTHER) expect(error.message).not.toContain(arn === '' ? ': ,' : arn)
      expect(
        await rejection(buffer(Readable.from([streamOf({ keys: [{ arn }] })]).pipe(reader.decryptStream()))),
      ).toMatchObject({ code: 'NoMatchingKey' })
    }
    expect(kms.requests).toEqual([])
  })
})
