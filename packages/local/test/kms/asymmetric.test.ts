import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
  sign,
  verify,
} from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { type KeySpec, type KeyUsage, startLocalCloud } from '../../src/index.js'
import { findSignatureMethod } from '../../src/kms/asymmetric/signature-algorithms.js'
import { keySpecRow } from '../../src/kms/key-spec.js'
import { type KmsAnswer, callKms } from './call-kms.js'
import { targetOf } from './target.js'

const cloud = await startLocalCloud()
afterAll(() => cloud.close())
const call = (action: string, parameters: object = {}): Promise<KmsAnswer> =>
  callKms(targetOf(cloud), action, parameters)

interface MadeKey {
  readonly KeyId: string
  readonly KeyVersionId: string
  readonly publicKey: string
}

async function makeKey(KeySpec: KeySpec, KeyUsage: KeyUsage): Promise<MadeKey> {
  const { KeyMetadata } = await call('CreateKey', { KeySpec, KeyUsage })
  expect(KeyMetadata).toMatchObject({ KeySpec, KeyUsage, KeyState: 'Enabled' })
  const KeyId = KeyMetadata.Arn ?? ''
  const { KeyVersions } = await call('ListKeyVersions', { KeyId })
  const KeyVersionId = KeyVersions.KeyVersion[0]?.KeyVersionId ?? ''
  const { PublicKey } = await call('GetPublicKey', { KeyId, KeyVersionId })
  return { KeyId, KeyVersionId, publicKey: PublicKey }
}

const message = Buffer.from('the message')

/** The digest that SM2 signs: SM3 over Z and the message, Z over the user id, the curve and the public key (GB/T 32918.2). */
function sm2Digest(publicKey: string, userId: string): Buffer {
  const curve =
    'fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc' +
    '28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93' +
    '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7' +
    'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0'
  const length = Buffer.alloc(2)
  length.writeUInt16BE(userId.length * 8)
  const point = createPublicKey(publicKey).export({ type: 'spki', format: 'der' }).subarray(-64)
  const z = createHash('sm3').update(length).update(userId).update(Buffer.from(curve, 'hex')).update(point).digest()
  return createHash('sm3').update(z).update(message).digest()
}

const sha256 = (): Buffer => createHash('sha256').update(message).digest()
const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }

interface Case {
  readonly spec: KeySpec
  readonly algorithm: 'RSA_PSS_SHA_256' | 'RSA_PKCS1_SHA_256' | 'ECDSA_SHA_256' | 'SM2DSA'
  readonly digest: (publicKey: string) => Buffer
  readonly hash: string
  readonly options?: object
}

// OpenSSL takes the usual user id or none, by its version, and Node cannot tell it which.
const userIds = ['1234567812345678', '']

const nodeUserId = ((): string => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'SM2' })
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' })
  // A key that was just made signs with ECDSA; one that was imported, with SM2.
  const imported = createPrivateKey({ key: pkcs8, type: 'pkcs8', format: 'der' })
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const method = findSignatureMethod('SM2DSA', 'EC_SM2')
  const signature = sign('sm3', message, imported)
  return userIds.find((id) => method?.verify(pkcs8, sm2Digest(pem, id), signature)) ?? 'none of them'
})()

const cases: Case[] = [
  { spec: 'RSA_2048', algorithm: 'RSA_PSS_SHA_256', digest: sha256, hash: 'sha256', options: pss },
  { spec: 'RSA_2048', algorithm: 'RSA_PKCS1_SHA_256', digest: sha256, hash: 'sha256' },
  { spec: 'RSA_3072', algorithm: 'RSA_PSS_SHA_256', digest: sha256, hash: 'sha256', options: pss },
  { spec: 'RSA_4096', algorithm: 'RSA_PKCS1_SHA_256', digest: sha256, hash: 'sha256' },
  { spec: 'EC_P256', algorithm: 'ECDSA_SHA_256', digest: sha256, hash: 'sha256' },
  { spec: 'EC_P256K', algorithm: 'ECDSA_SHA_256', digest: sha256, hash: 'sha256' },
  { spec: 'EC_SM2', algorithm: 'SM2DSA', digest: (publicKey) => sm2Digest(publicKey, nodeUserId), hash: 'sm3' },
]

describe.each(cases)('$algorithm with $spec', ({ spec, algorithm, digest, hash, options }) => {
  test('signs so that others can verify, and verifies itself', { timeout: 60_000 }, async () => {
    const { publicKey, ...key } = await makeKey(spec, 'SIGN/VERIFY')
    for (let n = 0; n < 4; n += 1) {
      const parameters = { ...key, Algorithm: algorithm, Digest: digest(publicKey).toString('base64') }
      const { Value, KeyId } = await call('AsymmetricSign', parameters)
      expect(key.KeyId).toContain(KeyId)
      const signature = Buffer.from(String(Value), 'base64')
      expect(verify(hash, message, { key: publicKey, ...options }, signature)).toBe(true)
      expect((await call('AsymmetricVerify', { ...parameters, Value })).Value).toBe(true)
      const Digest = randomBytes(32).toString('base64')
      expect((await call('AsymmetricVerify', { ...parameters, Digest, Value })).Value).toBe(false)
      signature[signature.length >> 1] = (signature[signature.length >> 1] ?? 0) ^ 1
      const flipped = signature.toString('base64')
      expect((await call('AsymmetricVerify', { ...parameters, Value: flipped })).Value).toBe(false)
    }
  })

  test('verifies what others signed, and nothing that is ill-formed', { timeout: 60_000 }, async () => {
    const material = await keySpecRow(spec).generate()
    const privateKey = createPrivateKey({ key: material, type: 'pkcs8', format: 'der' })
    const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString()
    const method = findSignatureMethod(algorithm, spec)
    const signature = sign(hash, message, { key: privateKey, ...options })
    const isRight = (value: Buffer): boolean | undefined => method?.verify(material, digest(publicKey), value)
    expect(isRight(signature)).toBe(true)
    const zeros = Buffer.alloc(signature.length)
    const longer = Buffer.concat([signature, Buffer.from([0])])
    for (const wrong of [
      Buffer.alloc(0),
      zeros,
      zeros.fill(0xff),
      longer,
      signature.subarray(1),
      signature.subarray(0, -1),
    ]) {
      expect(isRight(wrong)).toBe(false)
    }
  })
})

test.each([
  ['RSAES_OAEP_SHA_256', 'sha256', 190],
  ['RSAES_OAEP_SHA_1', 'sha1', 214],
])('%s encrypts and decrypts, at most as much as fits', async (Algorithm, oaepHash, room) => {
  const { publicKey, ...key } = await makeKey('RSA_2048', 'ENCRYPT/DECRYPT')
  const plaintext = randomBytes(room)
  const Plaintext = plaintext.toString('base64')
  const { CiphertextBlob } = await call('AsymmetricEncrypt', { ...key, Algorithm, Plaintext })
  expect((await call('AsymmetricDecrypt', { ...key, Algorithm, CiphertextBlob })).Plaintext).toBe(Plaintext)
  const ours = publicEncrypt({ key: publicKey, oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING }, plaintext)
  const fromOutside = { ...key, Algorithm, CiphertextBlob: ours.toString('base64') }
  expect((await call('AsymmetricDecrypt', fromOutside)).Plaintext).toBe(Plaintext)
  const tooMuch = randomBytes(room + 1).toString('base64')
  for (const [action, parameters] of [
    ['AsymmetricEncrypt', { ...key, Algorithm, Plaintext: tooMuch }],
    ['AsymmetricDecrypt', { ...key, Algorithm, CiphertextBlob: randomBytes(256).toString('base64') }],
  ] as const) {
    await expect(call(action, parameters)).rejects.toMatchObject({ code: 'InvalidParameter' })
  }
})

describe('what does not go together is refused', () => {
  const Digest = randomBytes(32).toString('base64')

  test('an algorithm of another kind of key, a digest of another length', async () => {
    const { publicKey: _, ...key } = await makeKey('EC_P256', 'SIGN/VERIFY')
    const right = { ...key, Algorithm: 'ECDSA_SHA_256', Digest }
    for (const wrong of [
      { Algorithm: 'SM2DSA' },
      { Algorithm: 'RSA_PSS_SHA_256' },
      { Algorithm: 'ECDSA_SHA_384' },
      { Digest: randomBytes(31).toString('base64') },
      { Digest: Digest.slice(0, -1) },
    ]) {
      await expect(call('AsymmetricSign', { ...right, ...wrong })).rejects.toMatchObject({ code: 'InvalidParameter' })
    }
  })

  test('a version that the key does not have', async () => {
    const { publicKey: _, ...key } = await makeKey('EC_P256', 'SIGN/VERIFY')
    const other = await makeKey('EC_P256', 'SIGN/VERIFY')
    for (const KeyVersionId of ['00000000-0000-4000-8000-000000000000', other.KeyVersionId]) {
      const wrong = { ...key, KeyVersionId, Algorithm: 'ECDSA_SHA_256', Digest }
      for (const action of ['AsymmetricSign', 'GetPublicKey']) {
        await expect(call(action, wrong)).rejects.toMatchObject({
          code: 'Forbidden.KeyVersionNotFound',
          data: { statusCode: 404 },
        })
      }
    }
  })

  test('a key for another use', async () => {
    const { publicKey: _, ...signing } = await makeKey('EC_P256', 'SIGN/VERIFY')
    const { publicKey: __, ...encrypting } = await makeKey('RSA_2048', 'ENCRYPT/DECRYPT')
    const KeyId = await cloud.createKey()
    const { KeyVersionId } = await call('GenerateDataKey', { KeyId })
    for (const [action, parameters] of [
      ['AsymmetricSign', { ...encrypting, Algorithm: 'RSA_PSS_SHA_256', Digest }],
      ['AsymmetricSign', { KeyId, KeyVersionId, Algorithm: 'RSA_PSS_SHA_256', Digest }],
      ['AsymmetricEncrypt', { ...signing, Algorithm: 'RSAES_OAEP_SHA_1', Plaintext: 'YQ==' }],
      ['GenerateDataKey', { KeyId: signing.KeyId }],
      ['GenerateDataKey', { KeyId: encrypting.KeyId }],
      ['Encrypt', { KeyId: encrypting.KeyId, Plaintext: 'YQ==' }],
      ['GetPublicKey', { KeyId, KeyVersionId }],
    ] as const) {
      await expect(call(action, parameters)).rejects.toMatchObject({ code: 'UnsupportedOperation' })
    }
  })

  test('a disabled key', async () => {
    const { publicKey, ...key } = await makeKey('EC_P256', 'SIGN/VERIFY')
    await call('DisableKey', { KeyId: key.KeyId })
    await expect(call('AsymmetricSign', { ...key, Algorithm: 'ECDSA_SHA_256', Digest })).rejects.toMatchObject({
      code: 'Rejected.Disabled',
    })
    expect((await call('GetPublicKey', key)).PublicKey).toBe(publicKey)
  })
})

test('SM2DSA verifies the example of GB/T 32918.5, Annex A', () => {
  const hex = (text: string): Buffer => Buffer.from(text, 'hex')
  const secret = '3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8'
  const digest = hex('f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640')
  const r = '022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3'
  const s = '022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa'
  const method = findSignatureMethod('SM2DSA', 'EC_SM2')
  // The start of ECPrivateKey is all that is read of PKCS #8.
  const privateKey = hex(`0201010420${secret}`)
  expect(method?.verify(privateKey, digest, hex(`3046${r}${s}`))).toBe(true)
  expect(method?.verify(privateKey, digest, hex(`3046${s}${r}`))).toBe(false)
})
