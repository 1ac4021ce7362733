import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { KeyError, KmsSigner, ServiceError, type KmsSignerOptions } from 'osscrypt'
import { beforeEach, describe, expect, it } from 'vitest'
import { fastRetry } from '../support/cloud-fixture.js'
import { FakeSigningClient } from '../support/fake-signing-client.js'
import { rejection, within } from '../support/rejection.js'
import { createTestKeys } from '../support/signature-keys.js'

const keyId = 'key-hzz0123456789'
const arn = `acs:kms:cn-hangzhou:1234567890123456:key/${keyId}`
const keyVersionId = 'version-1'
const data = Buffer.from('to be signed')
const digest = createHash('sha256').update(data).digest()
const options = { algorithm: 'ECDSA_SHA_256' } as const
const keys = createTestKeys()
const throttled = (): ServiceError => new ServiceError('Throttled', 'slow down', { service: 'kms', retryable: true })
const denied = (): ServiceError => new ServiceError('AccessDenied', 'no', { service: 'kms' })

let kms: FakeSigningClient
const signerWith = (more: KmsSignerOptions = {}): KmsSigner =>
  new KmsSigner(arn, { kms, keyVersionId, retry: fastRetry, ...more })

beforeEach(() => {
  kms = new FakeSigningClient({ keyId, keyVersionId })
})

describe('what KMS is asked', () => {
  it('signs the digest of data, of a stream, and a digest', async () => {
    const signer = signerWith()
    expect(await signer.sign(data, options)).toEqual(Uint8Array.of(1, 2, 3))
    await signer.sign(Readable.from([data.subarray(0, 5), data.subarray(5)]), options)
    await signer.signDigest(digest, options)
    const request = { region: 'cn-hangzhou', instance: undefined, keyId: arn, keyVersionId, ...options, digest }
    expect(kms.requests).toEqual([request, request, request])
    expect(kms.calls).toEqual(['asymmetricSign', 'asymmetricSign', 'asymmetricSign'])
  })

  it('verifies at KMS, and says what KMS says', async () => {
    const signer = signerWith({ instance: { id: 'kst-hzz01' } })
    const signature = Uint8Array.of(9)
    expect(await signer.verify(data, signature, options)).toBe(true)
    kms.valid = false
    expect(await signer.verifyDigest(digest, signature, options)).toBe(false)
    const request = { region: 'cn-hangzhou', instance: { id: 'kst-hzz01' }, keyId: arn, keyVersionId }
    expect(kms.requests).toEqual(Array(2).fill({ ...request, ...options, digest, signature }))
  })

  it('asks for the public key only for SM2DSA, and once', async () => {
    kms.publicKey = keys.find(({ name }) => name === 'SM2')!.pem
    const signer = signerWith()
    await Promise.all([signer.sign(data, { algorithm: 'SM2DSA' }), signer.sign(data, { algorithm: 'SM2DSA' })])
    await signer.verify(data, Uint8Array.of(1), { algorithm: 'SM2DSA' })
    const verifier = await signer.publicKey()
    expect(kms.calls.filter((call) => call === 'getPublicKey')).toHaveLength(1)
    const expected = await verifier.digest(data, { algorithm: 'SM2DSA' })
    expect(kms.requests.at(-1)).toMatchObject({ digest: expected })
  })

  it('retries what may be retried, and nothing else', async () => {
    kms.failures.push(throttled(), throttled())
    await signerWith().signDigest(digest, options)
    expect(kms.calls).toHaveLength(3)
    const failure = denied()
    kms.failures.push(failure)
    expect(await rejection(signerWith().signDigest(digest, options))).toBe(failure)
    expect(kms.calls).toHaveLength(4)
  })
})

describe('the key version', () => {
  it('is the only one there is, and asked for once', async () => {
    const signer = signerWith({ keyVersionId: undefined })
    await Promise.all([signer.signDigest(digest, options), signer.signDigest(digest, options)])
    expect(await signer.keyVersionId()).toBe(keyVersionId)
    expect(kms.calls).toEqual(['listKeyVersions', 'asymmetricSign', 'asymmetricSign'])
  })

  it('has to be named when there are several', async () => {
    kms.versions = [kms.answered, { keyId, keyVersionId: 'version-2' }]
    const error = await rejection(signerWith({ keyVersionId: undefined }).signDigest(digest, options))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toContain('2 versions')
    expect(kms.calls).toEqual(['listKeyVersions'])
  })

  it('is asked for again after a failure', async () => {
    const signer = signerWith({ keyVersionId: undefined })
    kms.failures.push(denied())
    expect(await rejection(signer.keyVersionId())).toMatchObject({ code: 'AccessDenied' })
    expect(await signer.keyVersionId()).toBe(keyVersionId)
  })

  it('is not lost to others when one caller aborts', async () => {
    const signer = signerWith({ keyVersionId: undefined })
    const aborting = new AbortController()
    const reason = new Error('enough')
    const aborted = rejection(signer.keyVersionId({ signal: aborting.signal }))
    const other = signer.keyVersionId()
    aborting.abort(reason)
    expect(await aborted).toBe(reason)
    expect(await other).toBe(keyVersionId)
    expect(kms.calls).toEqual(['listKeyVersions'])
  })
})

describe('answers', () => {
  it.each([
    ['another key', { keyId: 'other', keyVersionId }],
    ['another version', { keyId, keyVersionId: 'version-2' }],
  ])('about %s are refused', async (_name, answered) => {
    kms.answered = answered
    const signer = signerWith()
    for (const answer of [
      signer.signDigest(digest, options),
      signer.verifyDigest(digest, Uint8Array.of(1), options),
      signer.publicKey(),
    ]) {
      const error = await rejection(answer)
      expect(error).toBeInstanceOf(KeyError)
      expect(error).toMatchObject({ code: 'KeyIdMismatch' })
    }
  })

  it('may name the key by its ARN', async () => {
    kms.answered = { keyId: arn, keyVersionId }
    await expect(signerWith().signDigest(digest, options)).resolves.toBeInstanceOf(Uint8Array)
  })

  it('without a well-formed public key are bad answers', async () => {
    kms.publicKey = 'no PEM'
    expect(await rejection(signerWith().publicKey())).toMatchObject({ name: 'ServiceError', code: 'BadAnswer' })
  })
})

describe('misuse', () => {
  it.each([
    ['an alias', 'alias/signing'],
    ['an ARN with a host in it', 'acs:kms:evil.example/:1:key/a'],
    ['nothing', ''],
  ])('throws for %s instead of an ARN', (_name, wrong) => {
    expect(() => new KmsSigner(wrong)).toThrow(TypeError)
  })

  it('throws before KMS is asked', async () => {
    const signer = signerWith({ keyVersionId: undefined })
    const wrong = { algorithm: 'ECDSA' as never }
    expect(() => signerWith({ keyVersionId: '' })).toThrow(TypeError)
    expect(await rejection(signer.sign(data, wrong))).toBeInstanceOf(TypeError)
    expect(await rejection(signer.signDigest(digest, wrong))).toBeInstanceOf(TypeError)
    expect(await rejection(signer.verifyDigest(digest, data, wrong))).toBeInstanceOf(TypeError)
    expect(await rejection(signer.sign('text' as never, options))).toBeInstanceOf(TypeError)
    expect(await rejection(signer.verify(data, 'text' as never, options))).toBeInstanceOf(TypeError)
    expect(await rejection(signer.signDigest(digest.subarray(1), options))).toBeInstanceOf(RangeError)
    expect(await rejection(signer.verifyDigest(data, data, options))).toBeInstanceOf(RangeError)
    expect(kms.calls).toEqual([])
  })

  it('throws for SM2DSA with a CMK of another kind', async () => {
    kms.publicKey = keys[0]!.pem
    expect(await rejection(signerWith().sign(data, { algorithm: 'SM2DSA' }))).toBeInstanceOf(TypeError)
    expect(kms.calls).toEqual(['getPublicKey'])
  })

  it('stops between attempts when it is aborted', async () => {
    const reason = new Error('enough')
    const aborting = new AbortController()
    kms.failures.push(throttled())
    const signer = signerWith({ retry: { maxAttempts: 2, delayMs: () => 60_000 } })
    const answer = rejection(signer.signDigest(digest, { ...options, signal: aborting.signal }))
    setTimeout(() => aborting.abort(reason), 10)
    expect(await within(1000, answer)).toBe(reason)
    expect(kms.calls).toHaveLength(1)
  })
})
