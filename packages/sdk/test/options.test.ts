import { generateKeyPairSync } from 'node:crypto'
import * as floe from 'osscrypt/floe'
import * as osscrypt from 'osscrypt'
import * as oss from 'osscrypt/oss'
import { expect, test } from 'vitest'
import { useCloud } from './support/cloud-fixture.js'
import { rejection } from './support/rejection.js'

const fixture = useCloud()
const cmk = 'acs:kms:cn-hangzhou:1234567890123456:key/00000000-0000-0000-0000-000000000000'
const aes = () => ({ name: 'test', key: new Uint8Array(32).fill(1) })
const kms = () => new osscrypt.KmsDataKeyProvider(cmk)
const sdk = () => new osscrypt.EncryptionSdk({ dataKeys: new osscrypt.RawAesDataKeyProvider(aes()) })
const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' })
const verifier = osscrypt.PublicKeyVerifier.fromPem(String(pem))
const algorithm = 'ECDSA_SHA_256'
const bytes = new Uint8Array(32)

/** Everything public that takes options, with those that it cannot do without and further ones. */
const takers: Record<string, (more: never) => unknown> = {
  OssEncryptionClient: (more: object) => fixture.client(more),
  EncryptionSdk: (more: object) => new osscrypt.EncryptionSdk({ dataKeys: kms(), ...more }),
  KmsDataKeyProvider: (more: object) => new osscrypt.KmsDataKeyProvider(cmk, more),
  createKmsCall: (more: object) => osscrypt.createKmsCall(more),
  OpenApiKmsClient: (more: object) => new osscrypt.OpenApiKmsClient(more),
  CachingDataKeyProvider: (more: object) => new osscrypt.CachingDataKeyProvider(kms(), { maxAgeMs: 1000, ...more }),
  SecretsManagerDataKeyProvider: (more: object) =>
    new osscrypt.SecretsManagerDataKeyProvider('secret', kms(), { region: 'cn-hangzhou', ...more }),
  KmsSigner: (more: object) => new osscrypt.KmsSigner(cmk, more),
  RawAesDataKeyProvider: (more: object) => new osscrypt.RawAesDataKeyProvider({ ...aes(), ...more }),
  RsaDataKeyProvider: (more: object) => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    return new osscrypt.RsaDataKeyProvider({ privateKey, ...more })
  },
  PresignedStore: (more: object) => new oss.PresignedStore({ sign: () => ({ url: '' }), ...more }),
  BrokerDataKeyProvider: (more: object) => new oss.BrokerDataKeyProvider({ url: 'https://app.example.com/', ...more }),
  signByBroker: (more: object) => oss.signByBroker({ url: 'https://app.example.com/', ...more }),
  fullJitter: (more: object) => osscrypt.fullJitter(more),
  encrypt: (more: object) => sdk().encrypt(bytes, more),
  decrypt: (more: object) => sdk().decrypt(bytes, more),
  encryptStream: (more: object) => sdk().encryptStream(more),
  decryptStream: (more: object) => sdk().decryptStream(more),
  encryptWebStream: (more: object) => sdk().encryptWebStream(more),
  decryptWebStream: (more: object) => sdk().decryptWebStream(more),
  'PublicKeyVerifier digest': (more: object) => verifier.digest(bytes, { algorithm, ...more }),
  'PublicKeyVerifier verify': (more: object) => verifier.verify(bytes, bytes, { algorithm, ...more }),
  'PublicKeyVerifier verifyDigest': (more: object) => verifier.verifyDigest(bytes, bytes, { algorithm, ...more }),
  'KmsSigner sign': (more: object) => new osscrypt.KmsSigner(cmk).sign(bytes, { algorithm, ...more }),
  'KmsSigner signDigest': (more: object) => new osscrypt.KmsSigner(cmk).signDigest(bytes, { algorithm, ...more }),
  'KmsSigner verify': (more: object) => new osscrypt.KmsSigner(cmk).verify(bytes, bytes, { algorithm, ...more }),
  createFloe: (more: object) => floe.createFloe(bytes, bytes, more),
  openFloe: (more: object) => floe.openFloe(bytes, bytes, bytes, more),
  put: (more: object) => fixture.client().put('object', bytes, more),
  get: (more: object) => fixture.client().get('object', more),
  'get into a file': (more: object) => fixture.client().get('object', `${fixture.folder}/file`, more),
  getStream: (more: object) => fixture.client().getStream('object', more),
  verify: (more: object) => fixture.client().verify('object', more),
  getRange: (more: object) => fixture.client().getRange('object', { start: 0 }, more),
  getRanges: (more: object) => fixture.client().getRanges('object', [{ start: 0 }], more),
  openRandomAccess: (more: object) => fixture.client().openRandomAccess('object', more),
  head: (more: object) => fixture.client().head('object', more),
  copy: (more: object) => fixture.client().copy('copy', 'object', more),
  delete: (more: object) => fixture.client().delete('object', more),
  rewrap: (more: object) => fixture.client().rewrap('object', { to: cmk, ...more }),
  upgrade: (more: object) => fixture.client().upgrade('object', more),
  listUploads: (more: object) => fixture.client().listUploads('', more),
  abortUpload: (more: object) => fixture.client().abortUpload('object', 'id', more),
}

/** What is exported and takes no options, or errors of its own only. */
const withoutOptions = [
  'messageForm',
  ...['FormatError', 'IntegrityError', 'KeyError', 'NotEncryptedError', 'OsscryptError', 'ServiceError'],
  ...['LruDataKeyCacheStore', 'PublicKeyVerifier', 'OssV2Store', 'ossError', 'decryptFloe', 'encryptFloe'],
  ...['ciphertextLength', 'plaintextLength', 'segmentCapacity', 'segmentCount', 'segmentOffset'],
  ...['isLastSegment', 'mapRange', 'corsRule', 'checkCors', 'corsDocument'],
]

/** Methods that take no options. */
const methodsWithoutOptions = ['sign']

test.each(Object.entries(takers))('%s refuses an option that it does not have, and names it', async (_title, take) => {
  const refused = await rejection((async () => take({ fromat: 'floe' } as never))())
  expect(refused).toBeInstanceOf(TypeError)
  expect(refused.message).toContain('"fromat"')
  expect(fixture.operations()).toEqual([])
})

test('everything that is exported, and every method of the client, is walked', () => {
  const exported = Object.entries({ ...osscrypt, ...oss, ...floe }).flatMap(([name, value]) =>
    typeof value === 'function' ? [name] : [],
  )
  const methods = [oss.OssEncryptionClient, osscrypt.EncryptionSdk].flatMap(({ prototype }) =>
    Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor'),
  )
  const known = new Set([...Object.keys(takers), ...withoutOptions, ...methodsWithoutOptions])
  expect([...exported, ...methods].filter((name) => !known.has(name))).toEqual([])
})

test('what has been opened refuses them, too', async () => {
  await fixture.client().put('object', bytes, { format: 'floe' })
  const object = await fixture.client().openRandomAccess('object')
  const more = { singal: 1 } as never
  expect(await rejection(object.read({ start: 0 }, more))).toBeInstanceOf(TypeError)
  expect(await rejection(object.verifyLength(more))).toBeInstanceOf(TypeError)
  expect(() => object.createReadStream({ start: 0 }, more)).toThrow(TypeError)
  object.close()
})

test('the options that go with a target are those of its kind', async () => {
  const { PassThrough } = await import('node:stream')
  const refused = await rejection(fixture.client().get('object', new PassThrough(), { parallel: 2 } as never))
  expect(refused.message).toContain('get into a stream has no option "parallel"')
})

test('a store that is none is refused when the client is made', () => {
  for (const store of [{}, [], 'store', undefined]) {
    expect(() => new oss.OssEncryptionClient({ store: store as never, dataKeys: kms() })).toThrow(TypeError)
  }
})
