import { constants, createPublicKey, verify } from 'node:crypto'
import { Readable } from 'node:stream'
import { KmsSigner, PublicKeyVerifier, type KmsSignerOptions, type SignatureAlgorithm } from 'osscrypt'
import { startLocalCloud, type KeySpec, type LocalCloud } from 'osscrypt-local'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { patternBytes } from '../support/bytes.js'
import { fastRetry } from '../support/cloud-fixture.js'
import { rejection } from '../support/rejection.js'

const uses: readonly (readonly [KeySpec, SignatureAlgorithm])[] = [
  ['RSA_2048', 'RSA_PSS_SHA_256'],
  ['RSA_2048', 'RSA_PKCS1_SHA_256'],
  ['RSA_3072', 'RSA_PSS_SHA_256'],
  ['RSA_3072', 'RSA_PKCS1_SHA_256'],
  ['EC_P256', 'ECDSA_SHA_256'],
  ['EC_P256K', 'ECDSA_SHA_256'],
  ['EC_SM2', 'SM2DSA'],
]
const data = patternBytes(5000)
const changed = Buffer.from(data).fill(0, 4000, 4001)

let cloud: LocalCloud
const arns = new Map<KeySpec, string>()
const shared = (): KmsSignerOptions => ({
  endpoint: cloud.kms.endpoint,
  credentials: cloud.credentials,
  retry: fastRetry,
})
const signerFor = (keySpec: KeySpec, options: KmsSignerOptions = {}): KmsSigner =>
  new KmsSigner(arns.get(keySpec)!, { ...shared(), ...options })
const kmsOperations = (): string[] => cloud.requests.map(({ operation }) => operation)

beforeAll(async () => {
  cloud = await startLocalCloud({ instance: true })
  for (const [keySpec] of uses) {
    if (!arns.has(keySpec)) arns.set(keySpec, await cloud.createKey({ keySpec, keyUsage: 'SIGN/VERIFY' }))
  }
})
beforeEach(() => {
  cloud.faults.clear()
  cloud.clearRequests()
})
afterAll(() => cloud.close())

describe.each(uses)('%s with %s', (keySpec, algorithm) => {
  const options = { algorithm }

  it('signs data, streams and digests, which KMS and the public key verify', async () => {
    const signer = signerFor(keySpec)
    const verifier = await signer.publicKey()
    const digest = await verifier.digest(data, options)
    for (const signature of [
      await signer.sign(data, options),
      await signer.sign(Readable.from([data.subarray(0, 1234), data.subarray(1234)]), options),
      await signer.signDigest(digest, options),
    ]) {
      expect(Buffer.isBuffer(signature)).toBe(false)
      for (const each of [signer, verifier]) {
        expect(await each.verify(data, signature, options)).toBe(true)
        expect(await each.verifyDigest(digest, signature, options)).toBe(true)
        expect(await each.verify(changed, signature, options)).toBe(false)
      }
    }
  })

  it('asks for version and public key no more than once', async () => {
    const signer = signerFor(keySpec)
    for (let count = 0; count < 3; count += 1) await signer.sign(data, options)
    const once = algorithm === 'SM2DSA' ? ['ListKeyVersions', 'GetPublicKey'] : ['ListKeyVersions']
    if (algorithm === 'SM2DSA') once.reverse()
    expect(kmsOperations().sort()).toEqual([...once, ...Array<string>(3).fill('AsymmetricSign')].sort())
  })
})

it.each(uses.filter(([keySpec]) => keySpec !== 'EC_SM2'))(
  'OpenSSL takes what %s signs with %s',
  async (spec, algorithm) => {
    const signer = signerFor(spec)
    const keyVersionId = await signer.keyVersionId()
    const { PublicKey: pem } = await cloud.kms.call('GetPublicKey', {
      KeyId: arns.get(spec)!,
      KeyVersionId: keyVersionId,
    })
    const key = createPublicKey(pem as string)
    const padding = algorithm === 'RSA_PSS_SHA_256' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {}
    const signature = await signer.sign(data, { algorithm })
    expect(verify('sha256', data, { key, ...padding }, signature)).toBe(true)
    expect(await PublicKeyVerifier.fromPem(pem as string).verify(data, signature, { algorithm })).toBe(true)
  },
)

describe('a KMS instance', () => {
  it('signs at its own gateway, with the version that is named', async () => {
    const { id, endpoint, ca } = cloud.instance!
    const arn = await cloud.createKey({ keySpec: 'EC_P256', keyUsage: 'SIGN/VERIFY', instanceId: id })
    const options = { algorithm: 'ECDSA_SHA_256' } as const
    const keyVersionId = await new KmsSigner(arn, shared()).keyVersionId()
    const signer = new KmsSigner(arn, { ...shared(), instance: { id, endpoint, ca }, keyVersionId })
    const signature = await signer.sign(data, options)
    expect(await (await signer.publicKey()).verify(data, signature, options)).toBe(true)
  })
})

describe('what KMS refuses', () => {
  const options = { algorithm: 'RSA_PSS_SHA_256' } as const

  it.each([
    ['a symmetric CMK', () => cloud.createKey(), undefined],
    ['a CMK that is not there', async () => 'acs:kms:cn-hangzhou:1234567890123456:key/none', 'KeyNotFound'],
    ['a CMK of another kind', async () => arns.get('EC_P256')!, 'Rejected'],
  ])('is a ServiceError: %s', async (_name, arnOf, code) => {
    const error = await rejection(new KmsSigner(await arnOf(), shared()).sign(data, options))
    expect(error.name).toBe('ServiceError')
    if (code !== undefined) expect(error.code).toBe(code)
  })

  it('is tried again when that may help', async () => {
    cloud.faults.add({
      service: 'kms',
      operation: 'AsymmetricSign',
      effect: { kind: 'throttle' },
      times: 2,
    })
    const signature = await signerFor('RSA_2048').sign(data, options)
    expect(signature).toHaveLength(256)
    expect(kmsOperations().filter((operation) => operation === 'AsymmetricSign')).toHaveLength(3)
  })
})
