import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ossSdkVectors } from '../support/oss-sdk-vectors.js'
import type { Vector } from '../message/vector-file.js'
import { python, recover, type Given } from './python-reader.js'

// What the vendor's SDKs wrote, read by the recovery reader, which shares nothing with this library.

interface RecoveryVector extends Vector {
  readonly header?: string
  readonly iv?: string
  readonly authTag?: string
  readonly body?: string
}

const bytes = (text = '') => Buffer.from(text, 'base64')

function read(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`../vectors/${path}`, import.meta.url), 'utf8'))
}

const readVectors = (name: string) => read(`encryption-sdk/${name}.json`) as RecoveryVector[]

/** A case with each of its data keys. */
function givenOf(vector: RecoveryVector): Given[] {
  const { form, header = '', iv = '', authTag = '', body, output, secretHeader } = vector
  const doubled = 'x-oss-meta-x-oss-meta-'
  const content =
    form === 'oss-metadata'
      ? {
          body: bytes(body),
          metadata: { [`${doubled}header`]: header, [`${doubled}iv`]: iv, [`${doubled}authTag`]: authTag },
        }
      : { body: bytes(output), secret: form === 'secret-manager' ? secretHeader : undefined }
  return vector.encryptedDataKeys.map(({ plaintextDataKey }) => ({
    ...content,
    dataKey: plaintextDataKey,
    options: ['--allow-unauthenticated'],
  }))
}

describe.skipIf(python === undefined)('the recovery reader', { timeout: 60_000 }, () => {
  test.each(['java', 'python'])('reads all that %s wrote', async (name) => {
    const vectors = readVectors(name)
    expect(vectors.length).toBeGreaterThan(30)
    for (const vector of vectors) {
      const [first] = givenOf(vector)
      const { code, stderr, plaintext } = await recover(first!)
      expect([vector.name, code, stderr.includes('Refused')]).toEqual([vector.name, 0, false])
      expect(plaintext).toEqual(bytes(vector.plaintext))
    }
  })

  test('reads messages that Java wrote under a CMK which it was given twice', async () => {
    const vectors = readVectors('tampered').filter(({ name }) => name.startsWith('dupcmk-msg-'))
    expect(vectors).toHaveLength(4)
    for (const vector of vectors) {
      const [given] = givenOf(vector)
      const { code, plaintext } = await recover(given!)
      expect([vector.name, code]).toEqual([vector.name, 0])
      expect(plaintext).toEqual(bytes(vector.plaintext))
    }
  })

  test('refuses all that was changed, and leaves no file', async () => {
    const vectors = readVectors('tampered').filter(({ expect: expectation }) => expectation === 'reject')
    expect(vectors.length).toBeGreaterThan(170)
    for (const vector of vectors) {
      const [given] = givenOf(vector)
      const { code, stderr, left } = await recover(given!)
      expect([vector.name, code, left]).toEqual([vector.name, 1, []])
      expect(stderr).toMatch(/^Refused: [^\n]+\n$/)
    }
  })

  test('reads what each of the OSS SDKs encrypted, the deprecated format too', async () => {
    interface Known {
      readonly id: string
      readonly dataKeyHex: string
      readonly ivHex: string
    }
    const content = read('oss-sdk-cse/oss-sdk-cse.json') as { readonly cases: readonly Known[] }
    const known = new Map(content.cases.map((each) => [each.id, each]))
    expect(ossSdkVectors.length).toBeGreaterThan(60)
    for (const { id, metaHeadersOnWire, ciphertextB64, plaintextB64, deprecated } of ossSdkVectors) {
      const { dataKeyHex, ivHex } = known.get(id)!
      const given: Given = {
        body: bytes(ciphertextB64),
        metadata: Object.fromEntries(metaHeadersOnWire),
        dataKey: Buffer.from(dataKeyHex, 'hex'),
        start: deprecated ? BigInt(`0x${ivHex}`).toString() : Buffer.from(ivHex, 'hex'),
      }
      const { code, stderr, plaintext } = await recover({ ...given, options: ['--allow-unauthenticated'] })
      expect([id, code]).toEqual([id, 0])
      expect(stderr).toContain('NOT VERIFIED')
      expect(plaintext).toEqual(bytes(plaintextB64))
      const refused = await recover(given)
      expect([refused.code, refused.left]).toEqual([1, []])
    }
  })
})
