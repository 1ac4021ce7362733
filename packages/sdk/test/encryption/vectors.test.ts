import fc from 'fast-check'
import { FormatError, IntegrityError, OsscryptError, type EncryptionInfo } from 'osscrypt'
import { describe, expect, test } from 'vitest'
import { sameBytes } from '../support/bytes.js'
import { cmksOf, fromBase64, readVectors, type Vector } from '../message/vector-file.js'
import { cutAt } from './memory-sdk.js'
import { openVector, type Outcome } from './open-vector.js'

function expectAccepted(vector: Vector, { handedOut, encryption, error, kms }: Outcome): void {
  expect(error).toBeUndefined()
  expect(sameBytes(handedOut, fromBase64(vector.plaintext))).toBe(true)
  const { algorithm, encryptionContext, cmkArns } = encryption as EncryptionInfo
  expect({ algorithm, encryptionContext }).toEqual({
    algorithm: vector.algorithm,
    encryptionContext: vector.encryptionContext,
  })
  expect([...new Set(cmkArns)].sort()).toEqual(cmksOf(vector).sort())
  expect(kms.zeroed).toBe(true)
}

describe.each(['java', 'python'] as const)('%s', (file) => {
  const vectors = readVectors(file)
  const isStream = ({ form, variant }: Vector) => form === 'stream' || variant === 'stream'

  test('has the cases it had when it was made', () => {
    expect(vectors).toHaveLength(file === 'java' ? 111 : 35)
    expect(vectors.every(({ expect: expectation }) => expectation === 'accept')).toBe(true)
  })

  test.each(vectors.map((vector) => [vector.name, vector] as const))('%s', async (_name, vector) => {
    expectAccepted(vector, await openVector(vector))
    for (const cmk of cmksOf(vector)) expectAccepted(vector, await openVector(vector, undefined, [cmk]))
  })

  test.runIf(file === 'java')('streams, byte by byte', async () => {
    const small = vectors.filter((vector) => isStream(vector) && vector.output.length < 12_000)
    expect(small.length).toBeGreaterThan(40)
    for (const vector of small) {
      const bytewise = (bytes: Buffer) => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
      expectAccepted(vector, await openVector(vector, bytewise))
    }
  })

  test.runIf(file === 'java')('streams, in random pieces', async () => {
    const streams = fc.constantFrom(...vectors.filter(isStream))
    await fc.assert(
      fc.asyncProperty(streams, fc.array(fc.nat(), { maxLength: 20 }), async (vector, cuts) => {
        expectAccepted(vector, await openVector(vector, (bytes) => cutAt(bytes, cuts)))
      }),
      { numRuns: 150 },
    )
  })
})

/** What a rejected case must fail with, where its name says what was done to it. The first entry that matches counts. */
const reasons: readonly (readonly [RegExp, string | RegExp])[] = [
  // The encoding: refused without KMS.
  [/^enc\//, /^(InvalidFormat)$/],
  [/flip-(tag|length)\//, /^(InvalidFormat|UnsupportedVersion|UnsupportedAlgorithm)$/],
  [/(msg|stream)\/(.*)truncated-by|leading-byte|trailing-(1-byte|second-message)|trailing-byte/, 'InvalidFormat'],
  [/flip\/header.version|version-(0|257|2)|stream\/flip\/version/, 'UnsupportedVersion'],
  [/version--1|algorithm-id--1|algorithm-id-4294967298/, 'InvalidFormat'],
  [/algorithm-id-(13|258|0|255)$/, 'UnsupportedAlgorithm'],
  [/(authTag|iv|headerIv|headerAuthTag)-length-|authTag-16-zero-bytes|-elements?$/, 'InvalidFormat'],
  [/algorithm-changed-to-GCM|algorithm-id-4$/, 'InvalidFormat'],
  [
    /stream\/(flip\/(contextBytes\.(count|.*Len)|edkCount|.*Len|ivLen)|iv-length|empty-input)/,
    /^(InvalidFormat|LimitExceeded)$/,
  ],
  [
    /stream\/truncated\/(inside|after)-(context|header|iv)|header-not-base64|ivLen|secret-msg\/truncated-1|algorithm-id-8/,
    'InvalidFormat',
  ],
  [/msg\/edk-duplicated|edk-count-3-first-duplicated/, 'InvalidFormat'],
  // What KMS refuses, by the blob or by the context that it is given with it, or what is of no CMK that was given.
  [
    /context|edk\d\.(keyId|blob)|edk-blob-broken/,
    /^(WrongContext|DataKeyUnavailable|NoMatchingKey|IntegrityFailed|InvalidFormat)$/,
  ],
  // Another key length than KMS's data key has, or another secret's header.
  [/algorithm-id-(1|9)$|header-of-other-secret/, /^(DataKeyUnavailable|WrongContext|BadAnswer)$/],
  [/stream\/flip\/algorithm/, 'InvalidFormat'],
  // What only the tags tell.
  [
    /header(Iv|AuthTag)\/|body\.|iv\/|cipherText|authTag|truncated|trailing|40-from-end|removed|duplicated|swap|flip\/iv$/,
    'IntegrityFailed',
  ],
]

describe('tampered', () => {
  const vectors = readVectors('tampered')

  test.each(vectors.map((vector) => [`${vector.expect} ${vector.name}`, vector] as const))(
    '%s',
    async (_name, vector) => {
      const outcome = await openVector(vector)
      const { handedOut, error, kms } = outcome
      expect(kms.zeroed).toBe(true)
      if (vector.expect === 'accept') {
        expectAccepted(vector, outcome)
        return
      }
      if (vector.expect === 'either') {
        if (error !== undefined) expect(error).toBeInstanceOf(OsscryptError)
        return
      }
      expect(error).toBeInstanceOf(OsscryptError)
      expect(handedOut).toHaveLength(0)
      const { code } = error as OsscryptError
      const expected = reasons.find(([pattern]) => pattern.test(vector.name))?.[1]
      expect(code).toMatch(expected ?? 'a reason in the table above')
      if (error instanceof FormatError && vector.form !== 'secret-manager') expect(kms.requests).toEqual([])
    },
  )

  test("are read where Java's SDK, given a CMK twice, wrapped twice under it; a stream that it wrote so is none", async () => {
    const twice = vectors.filter(({ name }) => name.startsWith('dupcmk-'))
    expect(twice.map(({ form }) => form)).toEqual([...Array<string>(4).fill('asn1-message'), 'stream'])
    for (const vector of twice.slice(0, 4)) {
      expectAccepted(vector, await openVector(vector))
      for (const cmk of cmksOf(vector)) expectAccepted(vector, await openVector(vector, undefined, [cmk]))
      // The message begins with its own tag and length, the header's, and the header, which ends with its tag.
      const output = fromBase64(vector.output)
      const headerEnd = 8 + output.readUInt16BE(6)
      output.writeUInt8(output.readUInt8(headerEnd - 1) ^ 1, headerEnd - 1)
      const changed = await openVector({ ...vector, output: output.toString('base64') })
      expect(changed.error).toBeInstanceOf(IntegrityError)
      expect(changed.handedOut).toHaveLength(0)
    }
    expect((await openVector(twice[4]!)).error).toBeInstanceOf(FormatError)
  })

  test('streams give the same error, and not one byte, byte by byte', async () => {
    for (const vector of vectors.filter(
      ({ form, expect: expectation }) => form === 'stream' && expectation === 'reject',
    )) {
      const whole = await openVector(vector)
      const bytewise = await openVector(vector, (bytes) => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)))
      expect(bytewise.handedOut).toHaveLength(0)
      expect((bytewise.error as OsscryptError).code).toBe((whole.error as OsscryptError).code)
    }
  })
})
