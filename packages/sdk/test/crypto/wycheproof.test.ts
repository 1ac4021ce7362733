import { existsSync, readFileSync } from 'node:fs'
import { IntegrityError } from 'osscrypt'
import { describe, expect, test } from 'vitest'
import { algorithmByName, type AlgorithmSuite } from '../../src/crypto/algorithm.js'
import type { CryptoEngine } from '../../src/crypto/engine.js'
import { createDecryptor, createEncryptor, sm4Gcm } from '../../src/crypto/node-sequential-cipher.js'
import { engine as nodeEngine } from '../../src/crypto/node-engine.js'
import { startSm4GcmDecryption, startSm4GcmEncryption } from '../../src/crypto/sm4-gcm.js'
import { engine as webEngine } from '../../src/crypto/web-engine.js'
import { decryptBody, encryptBody } from '../../src/crypto/whole-body.js'
import { rejection } from '../support/rejection.js'

// Project Wycheproof's vectors are not part of this repository: they lie in a folder beside it, where there is one. hkdf_sha256 is not among
// those that apply: nothing here uses HKDF with SHA-256 (FLOE expands its keys with SHA-384).
const folder = new URL('../../../../../shared/vectors/wycheproof/', import.meta.url)
const present = existsSync(folder)
if (!present) console.log('crypto/wycheproof: skipped, no ../shared/vectors/wycheproof beside the repository')

interface VectorFile {
  readonly testGroups: readonly {
    readonly keySize: number
    readonly ivSize: number
    readonly tagSize: number
    readonly tests: readonly (Readonly<Record<'key' | 'iv' | 'aad' | 'msg' | 'ct' | 'tag', string>> & {
      readonly tcId: number
      readonly result: 'valid' | 'invalid'
    })[]
  }[]
}

const suites: Readonly<Record<string, AlgorithmSuite>> = {
  'aes 128': algorithmByName('AES_GCM_NOPADDING_128'),
  'aes 256': algorithmByName('AES_GCM_NOPADDING_256'),
  'sm4 128': algorithmByName('SM4_GCM_NOPADDING_128'),
}

/** A case in bytes, with its suite. */
interface Case {
  readonly tcId: number
  readonly valid: boolean
  readonly suite: AlgorithmSuite
  readonly key: Buffer
  readonly iv: Buffer
  readonly aad: Buffer
  readonly msg: Buffer
  readonly ct: Buffer
  readonly tag: Buffer
}

/** The cases that apply, and how many do not for which reason. */
function readCases(file: string, cipher: string): { cases: Case[]; left: Record<string, number> } {
  const { testGroups } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as VectorFile
  const left: Record<string, number> = {}
  const cases = testGroups.flatMap(({ keySize, ivSize, tagSize, tests }) => {
    const suite = suites[`${cipher} ${keySize}`]
    const reason = !suite
      ? `keys of ${keySize} bits`
      : ivSize !== 96
        ? 'iv not of 96 bits'
        : tagSize !== 128
          ? 'short tag'
          : undefined
    if (!suite || reason !== undefined) {
      left[reason ?? ''] = (left[reason ?? ''] ?? 0) + tests.length
      return []
    }
    return tests.map(({ tcId, result, ...texts }) => {
      const bytes = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text, 'hex')]))
      return { tcId, valid: result === 'valid', suite, ...bytes } as unknown as Case
    })
  })
  return { cases, left }
}

type Start<Cipher> = (key: Uint8Array, iv: Uint8Array, aad: Uint8Array) => Cipher

/** Runs a case piece by piece, in pieces of `size` bytes. */
function runStreaming(
  { suite, key, iv, aad, msg, ct, tag, valid }: Case,
  size: number,
  encryptor: Start<ReturnType<typeof createEncryptor>> = (...args) => createEncryptor(suite, ...args),
  decryptor: Start<ReturnType<typeof createDecryptor>> = (...args) => createDecryptor(suite, ...args),
): void {
  const pieces = (bytes: Buffer) =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size))
  const decrypting = decryptor(key, iv, aad)
  const plaintext = pieces(ct).map((piece) => decrypting.update(piece))
  if (!valid) {
    expect(() => decrypting.finish(tag)).toThrow(IntegrityError)
    return
  }
  expect(Buffer.concat([...plaintext, decrypting.finish(tag)]).equals(msg)).toBe(true)
  const encrypting = encryptor(key, iv, aad)
  const ciphertext = pieces(msg).map((piece) => encrypting.update(piece))
  const { rest, authTag } = encrypting.finish()
  expect(Buffer.concat([...ciphertext, rest]).equals(ct)).toBe(true)
  expect(Buffer.from(authTag).equals(tag)).toBe(true)
}

async function runEngine(engine: CryptoEngine, { suite, key, iv, aad, msg, ct, tag, valid }: Case): Promise<void> {
  const opened = decryptBody(engine, suite, key, aad, { iv, ciphertext: ct, authTag: tag })
  if (!valid) {
    expect(await rejection(opened)).toBeInstanceOf(IntegrityError)
    return
  }
  expect(msg.equals(await opened)).toBe(true)
  const body = await encryptBody(engine, suite, key, aad, msg)
  expect(msg.equals(await decryptBody(engine, suite, key, aad, body))).toBe(true)
}

describe.skipIf(!present)('Wycheproof', () => {
  test('AES-GCM, with either engine and piece by piece', async () => {
    const { cases, left } = readCases('aes_gcm_test.json', 'aes')
    expect(left).toEqual({ 'keys of 192 bits': 103, 'iv not of 96 bits': 80 })
    expect(cases).toHaveLength(133)
    expect(cases.filter(({ valid }) => !valid)).toHaveLength(54)
    for (const each of cases) {
      for (const size of [1, 7, 16, 1000]) runStreaming(each, size)
      await runEngine(nodeEngine, each)
      await runEngine(webEngine, each)
    }
  })

  test('SM4-GCM, piece by piece: with OpenSSL where it has it, and with our own', async () => {
    const { cases, left } = readCases('sm4_gcm_test.json', 'sm4')
    expect(left).toEqual({ 'iv not of 96 bits': 39 })
    expect(cases).toHaveLength(65)
    for (const each of cases) {
      for (const size of [1, 7, 16, 1000]) {
        runStreaming(each, size)
        runStreaming(
          each,
          size,
          (key, iv, aad) => startSm4GcmEncryption(sm4Gcm(key, iv), aad),
          (key, iv, aad) => startSm4GcmDecryption(sm4Gcm(key, iv), aad),
        )
      }
      await runEngine(nodeEngine, each)
    }
  })
})
