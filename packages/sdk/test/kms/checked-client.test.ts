import { randomBytes } from 'node:crypto'
import { KmsDataKeyProvider, KmsSigner, noRetry, SecretsManagerDataKeyProvider, ServiceError } from 'osscrypt'
import { describe, expect, test } from 'vitest'
import { algorithmByName } from '../../src/crypto/algorithm.js'
import { FakeSigningClient } from '../support/fake-signing-client.js'
import { rejection } from '../support/rejection.js'
import { json, startAnsweringServer } from './answering-server.js'
import { MemoryKms } from './memory-kms.js'

// A KMS client may be anybody's: what it answers with is looked at.

const A = 'acs:kms:cn-hangzhou:1234567890123456:key/first'
const B = 'acs:kms:cn-hangzhou:1234567890123456:key/second'
const C = 'acs:kms:cn-beijing:1234567890123456:key/third'
const request = { algorithm: algorithmByName('AES_GCM_NOPADDING_256'), encryptionContext: {} }

async function expectBadAnswer(work: Promise<unknown>): Promise<void> {
  const error = await rejection(work)
  expect(error).toBeInstanceOf(ServiceError)
  expect(error).toMatchObject({ code: 'BadAnswer', service: 'kms', retryable: false })
}

const noObjects = [undefined, null, 7, 'answer', true]
const noTexts = [undefined, null, 7, '', {}, ['first']]
const noBytes = [undefined, null, 32, 'x'.repeat(32), new Uint8Array(0), [1, 2, 3], new ArrayBuffer(32)]

/** The same client, but for what one operation answers. */
function changed<Client extends object>(
  client: Client,
  operation: string,
  change: (answer: object) => unknown,
): Client {
  const ask = (client as Record<string, (...args: unknown[]) => Promise<object>>)[operation]!
  return Object.assign(Object.create(client) as Client, {
    [operation]: async (...args: unknown[]) => change(await ask.apply(client, args)),
  })
}

describe('data keys', () => {
  /** A provider whose KMS answers to one operation with something else. */
  function broken(operation: string, change: (answer: object) => unknown) {
    const kms = new MemoryKms()
    return {
      kms,
      provider: new KmsDataKeyProvider([A, B, C], { kms: changed(kms, operation, change), retry: noRetry }),
    }
  }

  const operations = {
    generateDataKey: ['plaintext', 'ciphertextBlob', 'keyId'],
    encrypt: ['ciphertextBlob', 'keyId'],
    reEncrypt: ['ciphertextBlob', 'keyId'],
  }
  const cases = Object.entries(operations).flatMap(([operation, names]) =>
    names.map((name) => [operation, name] as const),
  )

  test.each(cases)('%s without a well-formed %s', async (operation, name) => {
    const values = name === 'keyId' ? noTexts : noBytes
    for (const value of name === 'ciphertextBlob' ? [...values, new Uint8Array(12289)] : values) {
      const { kms, provider } = broken(operation, (answer) => ({ ...answer, [name]: value }))
      await expectBadAnswer(provider.generateDataKey(request))
      if (name !== 'plaintext') expect(kms.zeroed).toBe(true)
    }
  })

  test.each(Object.keys(operations))('%s without an object', async (operation) => {
    for (const value of noObjects) {
      await expectBadAnswer(broken(operation, () => value).provider.generateDataKey(request))
    }
  })

  test('decrypt', async () => {
    for (const [name, values] of [
      ['plaintext', noBytes],
      ['keyId', noTexts],
    ] as const) {
      for (const value of values) {
        const { kms, provider } = broken('decrypt', (answer) => ({ ...answer, [name]: value }))
        const { encryptedDataKeys } = await new KmsDataKeyProvider(A, { kms }).generateDataKey(request)
        await expectBadAnswer(provider.decryptDataKey({ ...request, encryptedDataKeys }))
        if (name === 'keyId') expect(kms.handedOut[1]?.every((byte) => byte === 0)).toBe(true)
      }
    }
    for (const value of noObjects) {
      const { kms, provider } = broken('decrypt', () => value)
      const { encryptedDataKeys } = await new KmsDataKeyProvider(A, { kms }).generateDataKey(request)
      await expectBadAnswer(provider.decryptDataKey({ ...request, encryptedDataKeys }))
    }
  })

  test.each([null, 7, '', 'a', 'evil.example/', '@evil', 'x'.repeat(65), ['kst-1']])(
    'describeKey that says %j is the instance',
    async (instanceId) => {
      const kms = Object.assign(new MemoryKms(), { describeKey: () => Promise.resolve({ instanceId } as never) })
      const provider = new KmsDataKeyProvider(A, { kms, instances: 'describe', ca: 'x', retry: noRetry })
      await expectBadAnswer(provider.generateDataKey(request))
    },
  )

  test.each([7, ['kst-1'], {}, 'evil.example/', 'kst 1'])(
    'KMS that says %j is the instance',
    async (DKMSInstanceId) => {
      const server = await startAnsweringServer()
      server.answer = json({ KeyMetadata: { DKMSInstanceId } })
      const credentials = { accessKeyId: 'id', accessKeySecret: 'secret' }
      const options = {
        endpoint: server.endpoint,
        credentials,
        instances: 'describe',
        ca: 'x',
        retry: noRetry,
      } as const
      await expectBadAnswer(new KmsDataKeyProvider(A, options).generateDataKey(request))
    },
  )
})

describe('signatures', () => {
  const keyId = 'first'
  const digest = randomBytes(32)
  const options = { algorithm: 'ECDSA_SHA_256' } as const

  const signerOf = (operation: keyof FakeSigningClient, change: (answer: object) => unknown, keyVersionId?: string) => {
    const kms = changed(new FakeSigningClient({ keyId, keyVersionId: 'v1' }), operation, change)
    return new KmsSigner(A, { kms, keyVersionId, retry: noRetry })
  }

  test('a verdict that is not true or false is none: no text is taken for true', async () => {
    for (const valid of [undefined, null, 'false', 'true', 1, 0, {}]) {
      const signer = signerOf('asymmetricVerify', (answer) => ({ ...answer, valid }), 'v1')
      await expectBadAnswer(signer.verifyDigest(digest, randomBytes(64), options))
    }
  })

  test('a signature, a public key, a version', async () => {
    for (const signature of noBytes)
      await expectBadAnswer(
        signerOf('asymmetricSign', (answer) => ({ ...answer, signature }), 'v1').signDigest(digest, options),
      )
    for (const publicKey of [undefined, null, 7, {}])
      await expectBadAnswer(signerOf('getPublicKey', (answer) => ({ ...answer, publicKey }), 'v1').publicKey())
    for (const value of noTexts) {
      for (const name of ['keyId', 'keyVersionId']) {
        const answer = (given: object) => ({ ...given, [name]: value })
        await expectBadAnswer(signerOf('asymmetricSign', answer, 'v1').signDigest(digest, options))
        await expectBadAnswer(
          signerOf('listKeyVersions', (versions) => (versions as object[]).map(answer)).keyVersionId(),
        )
      }
    }
    for (const value of noObjects) {
      await expectBadAnswer(signerOf('asymmetricSign', () => value, 'v1').signDigest(digest, options))
      await expectBadAnswer(signerOf('listKeyVersions', () => value).keyVersionId())
      await expectBadAnswer(signerOf('listKeyVersions', () => [value]).keyVersionId())
    }
    await expectBadAnswer(signerOf('listKeyVersions', (versions) => ({ ...versions })).keyVersionId())
  })
})

describe('secrets', () => {
  const providerOf = (value: unknown, created?: unknown) => {
    const secrets = {
      getSecretValue: () => Promise.resolve(value as never),
      createSecret: () => Promise.resolve(created as never),
    }
    const dataKeys = new KmsDataKeyProvider(A, { kms: new MemoryKms() })
    return new SecretsManagerDataKeyProvider('name', dataKeys, { region: 'cn-hangzhou', secrets, retry: noRetry })
  }

  test.each([undefined, 7, {}, ['x'], randomBytes(9), 'A'.repeat(30_721), 'A'.repeat(2 ** 28)])(
    'a value that is none (case %#)',
    async (value) => {
      await expectBadAnswer(providerOf(value).loadEnvelope({}))
      await expectBadAnswer(providerOf(value).obtainEnvelope(request))
    },
  )

  test.each([undefined, null, 'false', 1])('whether it was created: %j', async (created) => {
    await expectBadAnswer(providerOf(null, created).obtainEnvelope(request))
  })
})
