import { createHash, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { KmsDataKeyProvider, KmsSigner, OpenApiKmsClient, SecretsManagerDataKeyProvider } from 'osscrypt'
import { startLocalCloud, type LocalCloud } from 'osscrypt-local'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { algorithmByName } from '../../src/crypto/algorithm.js'
import { endProxiesAfterEach, startRecordingProxy, type RecordingProxy } from '../support/recording-proxy.js'
import { rejection } from '../support/rejection.js'
import { json, startAnsweringServer } from './answering-server.js'

// What is secret never stands in a URL, which proxies and servers write down, and never in an error.

let cloud: LocalCloud
beforeAll(async () => {
  cloud = await startLocalCloud()
})
afterAll(() => cloud.close())
endProxiesAfterEach()

/** The forms in which bytes can stand in a URL. */
function forms(secret: Uint8Array): string[] {
  const bytes = Buffer.from(secret)
  const base64 = bytes.toString('base64')
  const texts = [bytes.toString('latin1'), bytes.toString('hex'), base64, bytes.toString('base64url')]
  return texts.flatMap((text) => [text, encodeURIComponent(text), encodeURIComponent(encodeURIComponent(text))])
}

function expectNoSecretInHeads({ requests }: RecordingProxy, ...secrets: Uint8Array[]): void {
  expect(requests.length).toBeGreaterThan(0)
  for (const { url, rawHeaders } of requests)
    for (const form of secrets.flatMap(forms)) expect(`${url} ${rawHeaders.join(' ')}`).not.toContain(form)
}

/** How often a secret stands in the bodies, as a parameter of a form. */
function countInBodies({ requests }: RecordingProxy, name: string, secret: string): number {
  return requests.filter(({ body }) => new URLSearchParams(body().toString()).get(name) === secret).length
}

describe('on the way to KMS', () => {
  const kms = async () => {
    const proxy = await startRecordingProxy(cloud.kms.endpoint)
    return { proxy, options: { endpoint: proxy.endpoint, credentials: cloud.credentials } }
  }

  test('Encrypt carries the data key in the body', async () => {
    const { proxy, options } = await kms()
    const client = new OpenApiKmsClient(options)
    const keyId = await cloud.createKey()
    // Every character of base64 that has to be escaped in a form.
    for (const plaintext of [randomBytes(32), Buffer.from('fbefbe+++///', 'base64'), Buffer.from('ff', 'hex')]) {
      const place = { region: cloud.region, encryptionContext: { 用途: 'a&b=c+d e' } }
      const { ciphertextBlob } = await client.encrypt({ ...place, keyId, plaintext })
      const opened = await client.decrypt({ ...place, ciphertextBlob })
      expect(Buffer.from(opened.plaintext)).toEqual(Buffer.from(plaintext))
      expect(countInBodies(proxy, 'Plaintext', plaintext.toString('base64'))).toBe(1)
      expectNoSecretInHeads(proxy, plaintext.length > 1 ? plaintext : randomBytes(32))
    }
    expect(proxy.requests[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded')
  })

  test('a data key for CMKs of two regions stands in no URL', async () => {
    const { proxy, options } = await kms()
    const cmks = [await cloud.createKey(), await cloud.createKey({ region: 'cn-beijing' })]
    const provider = new KmsDataKeyProvider(cmks, options)
    const request = { algorithm: algorithmByName('AES_GCM_NOPADDING_256'), encryptionContext: { a: '1' } }
    const { dataKey } = await provider.generateDataKey(request)
    expect(countInBodies(proxy, 'Plaintext', Buffer.from(dataKey).toString('base64'))).toBe(1)
    expectNoSecretInHeads(proxy, dataKey)
    await provider.wrapDataKey({ ...request, dataKey })
    expect(countInBodies(proxy, 'Plaintext', Buffer.from(dataKey).toString('base64'))).toBe(3)
    expectNoSecretInHeads(proxy, dataKey)
  })

  test('CreateSecret carries what is kept in the body', async () => {
    const { proxy, options } = await kms()
    const dataKeys = new KmsDataKeyProvider(await cloud.createKey(), options)
    const provider = new SecretsManagerDataKeyProvider('secret-1', dataKeys, { ...options, region: cloud.region })
    const request = { algorithm: algorithmByName('AES_GCM_NOPADDING_256'), encryptionContext: { a: '1' } }
    await provider.obtainEnvelope(request)
    const secret = await new OpenApiKmsClient(options).getSecretValue({ region: cloud.region, secretName: 'secret-1' })
    expect(countInBodies(proxy, 'SecretData', secret!)).toBe(1)
    for (const { url } of proxy.requests) expect(decodeURIComponent(url)).not.toContain(secret)

    const text = 'canary 秘密 &=+%🔑'
    const client = new OpenApiKmsClient(options)
    const place = { region: cloud.region, secretName: 'secret-2' }
    expect(await client.createSecret({ ...place, secretData: text, versionId: 'v1' })).toBe(true)
    expect(await client.getSecretValue(place)).toBe(text)
  })

  test('what is signed is known to nobody on the way: no digest stands in a URL', async () => {
    const { proxy, options } = await kms()
    const arn = await cloud.createKey({ keySpec: 'EC_P256', keyUsage: 'SIGN/VERIFY' })
    const signer = new KmsSigner(arn, options)
    const data = Buffer.from('yes')
    const signature = await signer.sign(data, { algorithm: 'ECDSA_SHA_256' })
    expect(await signer.verify(data, signature, { algorithm: 'ECDSA_SHA_256' })).toBe(true)
    expectNoSecretInHeads(proxy, createHash('sha256').update(data).digest())
  })
})

describe('an answer that repeats the request', () => {
  test('is not repeated: not in the message, not as cause, not in what inspect shows', async () => {
    const server = await startAnsweringServer()
    const plaintext = randomBytes(32)
    const secret = { accessKeyId: 'canary-id', accessKeySecret: 'canary-secret', securityToken: 'canary-token' }
    const client = new OpenApiKmsClient({ endpoint: server.endpoint, credentials: secret })
    for (const code of ['SignatureDoesNotMatch', 'IncompleteSignature', 'InvalidParameter', 'IllegalTimestamp']) {
      const parameters = `POST&%2F&Plaintext%3D${encodeURIComponent(plaintext.toString('base64'))}`
      const toSign = `${parameters}&${plaintext.toString('base64')}&${plaintext.toString('hex')} canary-token`
      const Message = `Specified signature is not matched with our calculation. server string to sign is:${toSign}`
      server.answer = json({ Code: code, Message, RequestId: 'r1', HostId: toSign, Recommend: toSign }, 400)
      const place = { region: 'cn-hangzhou', encryptionContext: {} }
      const error = await rejection(client.encrypt({ ...place, keyId: 'k', plaintext }))
      const seen = [error.message, error.stack, inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error)]
      for (const form of [...forms(plaintext), 'canary', 'string to sign']) expect(seen.join('\n')).not.toContain(form)
      expect(error).toMatchObject({ serviceCode: code, status: 400, requestId: 'r1' })
      expect(error.cause).toBeUndefined()
    }
  })
})
