import { readFileSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { IntegrityError, KmsDataKeyProvider, type AlgorithmName } from 'osscrypt'
import { describe, expect, test } from 'vitest'
import { useCloud } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'
import { ENVELOPE, writeStored } from '../support/stored-object.js'
import { VectorKms, type VectorDataKey } from '../support/vector-kms.js'

interface Vector {
  readonly name: string
  readonly algorithm: AlgorithmName
  readonly cmkArns: readonly string[]
  readonly encryptionContext: Record<string, string>
  readonly plaintext: string
  readonly encryptedDataKeys: readonly VectorDataKey[]
  readonly header: string
  readonly iv: string
  readonly authTag: string
  readonly body: string
}

const path = new URL('../vectors/oss-metadata-java.json', import.meta.url)
const vectors = JSON.parse(readFileSync(path, 'utf8')) as readonly Vector[]
const fixture = useCloud()

describe("objects that the vendor's Java SDK wrote", () => {
  test.each(vectors)('$name', async (vector) => {
    const { header, iv, authTag, encryptionContext, algorithm, cmkArns } = vector
    const meta = { [ENVELOPE.header]: header, [ENVELOPE.iv]: iv, [ENVELOPE.authTag]: authTag, mine: 'x' }
    const plaintext = Buffer.from(vector.plaintext, 'base64')
    await writeStored(fixture.oss, 'java', { body: Buffer.from(vector.body, 'base64'), meta })
    const allow = { allowUnauthenticatedAlgorithms: true, requiredContext: encryptionContext }
    for (const given of [cmkArns, ...cmkArns.map((arn) => [arn])]) {
      const kms = new VectorKms(vector.encryptedDataKeys, encryptionContext)
      const client = fixture.client({ dataKeys: new KmsDataKeyProvider(given, { kms }) })
      const got = await client.get('java', allow)
      expect(got.content).toEqual(plaintext)
      expect(got.meta).toEqual({ mine: 'x' })
      expect(got.encryption.algorithm).toBe(algorithm)
      expect(got.encryption.encryptionContext).toEqual(encryptionContext)
      expect([...got.encryption.cmkArns].sort()).toEqual([...cmkArns].sort())
      expect(await buffer((await client.getStream('java', allow)).stream)).toEqual(plaintext)
      expect(await rejection(client.get('java', { ...allow, requireBinding: true }))).toMatchObject({
        code: 'BindingMissing',
      })
      if (!algorithm.includes('GCM') || plaintext.length === 0) continue
      const range = await client.getRange('java', { start: -1 }, { ...allow, allowUnverifiedRange: true })
      expect(range.content).toEqual(plaintext.subarray(-1))
      await writeStored(fixture.oss, 'changed', {
        body: Buffer.concat([Buffer.from(vector.body, 'base64'), Buffer.alloc(1)]),
        meta,
      })
      expect(await rejection(client.get('changed', allow))).toBeInstanceOf(IntegrityError)
    }
  })
})
