import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { KmsDataKeyProvider, OpenApiKmsClient, ServiceError, type Credentials } from 'osscrypt'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { algorithmByName } from '../../src/crypto/algorithm.js'
import { rejection, within } from '../support/rejection.js'
import { json, startAnsweringServer, text } from './answering-server.js'

// Credentials of every kind. ram_role_arn and oidc_role_arn speak HTTPS only, to an STS that has no CA of its own here, and ecs_ram_role to
// a fixed address that is not this machine's: of these the failures are tested, and that they say no secret.

const kms = await startAnsweringServer()
const issuer = await startAnsweringServer()

beforeEach(async () => {
  kms.answer = json({ Plaintext: 'YQ==', KeyId: 'key' })
  kms.requests.length = 0
  issuer.requests.length = 0
  const home = await mkdtemp(join(tmpdir(), 'osscrypt-sdk-test-'))
  vi.stubEnv('HOME', home)
  for (const name of Object.keys(process.env)) if (name.startsWith('ALIBABA_CLOUD_')) vi.stubEnv(name, undefined)
  vi.stubEnv('ALIBABA_CLOUD_ECS_METADATA_DISABLED', 'true')
  return async () => {
    vi.unstubAllEnvs()
    await rm(home, { recursive: true })
  }
})

const clientWith = (credentials?: Credentials) => new OpenApiKmsClient({ endpoint: kms.endpoint, credentials })
const use = (client: OpenApiKmsClient) =>
  client.decrypt({ region: 'cn-hangzhou', ciphertextBlob: Uint8Array.of(1), encryptionContext: {} })

/** Who the requests so far were signed by: access key id and STS token. */
const signers = (): string[] =>
  kms.requests.map(({ headers }) => {
    const id = /Credential=([^,]+)/.exec(headers.authorization ?? '')?.[1]
    return [id, headers['x-acs-security-token']].filter(Boolean).join(' ')
  })

async function signedBy(credentials: Credentials | undefined): Promise<string[]> {
  await use(clientWith(credentials))
  return signers()
}

async function expectUnavailable(credentials: Credentials | undefined, ...secrets: string[]): Promise<void> {
  const error = await rejection(use(clientWith(credentials)))
  expect(error).toBeInstanceOf(ServiceError)
  expect(error).toMatchObject({ code: 'CredentialsUnavailable', retryable: false })
  // What kind of error the source failed with, and nothing of its text.
  if (error.cause !== undefined) expect((error.cause as Error).message).toMatch(/^(Type)?Error(: E[A-Z]+)?$/)
  const seen = [error.message, error.stack, inspect(error, { showHidden: true, depth: 9 }), JSON.stringify(error)].join(
    '\n',
  )
  for (const secret of secrets) expect(seen).not.toContain(secret)
  expect(kms.requests).toEqual([])
}

const key = { accessKeyId: 'id-1', accessKeySecret: 'canary-secret' }

describe('given', () => {
  test('an access key', async () => {
    expect(await signedBy(key)).toEqual(['id-1'])
  })

  test('an access key with its STS token', async () => {
    expect(await signedBy({ ...key, securityToken: 'token-1' })).toEqual(['id-1 token-1'])
  })

  test('a function, asked before every request', async () => {
    let asked = 0
    const client = clientWith(async () => {
      asked += 1
      return Promise.resolve({ ...key, accessKeyId: `id-${asked}`, securityToken: `token-${asked}` })
    })
    expect(asked).toBe(0)
    for (let count = 0; count < 3; count += 1) await use(client)
    expect(asked).toBe(3)
    expect(signers()).toEqual(['id-1 token-1', 'id-2 token-2', 'id-3 token-3'])
  })

  test('a function that fails once is asked again', async () => {
    const answers = [
      () => {
        throw new Error('canary-reason')
      },
      () => key,
    ]
    const client = clientWith(() => answers.shift()!())
    expect(await rejection(use(client))).toMatchObject({ code: 'CredentialsUnavailable' })
    await use(client)
    expect(signers()).toEqual(['id-1'])
  })

  test('a client of @alicloud/credentials, or anything that has its shape', async () => {
    class Client {
      readonly #key = key
      getCredential() {
        return Promise.resolve(this.#key)
      }
    }
    expect(await signedBy(new Client())).toEqual(['id-1'])
  })

  test('what its Config takes', async () => {
    expect(await signedBy({ type: 'access_key', ...key })).toEqual(['id-1'])
    expect(await signedBy({ type: 'sts', ...key, securityToken: 'token-1' })).toEqual(['id-1', 'id-1 token-1'])
  })

  test.each([
    ['Error', new Error('canary-secret')],
    ['TypeError', new TypeError('canary-secret')],
    ['Error: ECONNREFUSED', Object.assign(new Error('canary-secret'), { code: 'ECONNREFUSED' })],
    ['Error', Object.assign(new Error('x'), { name: 'canary-secret', code: 'canary-secret' })],
    ['Error', 'canary-secret'],
    ['Error', { message: 'canary-secret' }],
    ['Error', null],
  ])('a refresh that throws: the cause says %s', async (kind, thrown) => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- callers' code does
    const credentials = () => Promise.reject(thrown)
    await expectUnavailable(credentials, 'canary-secret')
    const { cause, message } = await rejection(use(clientWith(credentials)))
    expect((cause as Error).message).toBe(kind)
    expect(message).toContain('could not be had')
  })

  test.each([
    ['a line break', { ...key, accessKeyId: 'id-1\n' }],
    ['a line break in the token', { ...key, securityToken: 'canary-secret\r\nx: y' }],
    ['a letter that HTTP cannot carry', { ...key, accessKeySecret: 'canary-秘密' }],
    ['a number', { ...key, accessKeySecret: 7 as never }],
  ])('an access key with %s: CredentialsUnavailable', async (_title, credentials) => {
    await expectUnavailable(credentials, 'canary')
  })

  test('an aborted call does not wait for credentials', async () => {
    const controller = new AbortController()
    const never = new Promise<never>(() => undefined)
    const calling = clientWith(() => never).decrypt(
      { region: 'cn-hangzhou', ciphertextBlob: Uint8Array.of(1), encryptionContext: {} },
      { signal: controller.signal },
    )
    controller.abort('stop')
    expect(await within(500, rejection(calling))).toBe('stop')
  })

  test.each<[string, Credentials]>([
    [
      'a function that throws',
      () => {
        throw new Error('canary-secret')
      },
    ],
    ['a function that rejects', () => Promise.reject(new Error('canary-secret'))],
    ['a function that answers with nothing', () => undefined as never],
    ['a function that answers with half a key', () => ({ accessKeyId: 'id-1', accessKeySecret: '' })],
    ['an access key without an id', { accessKeyId: '', accessKeySecret: 'canary-secret' }],
    ['a client that rejects', { getCredential: () => Promise.reject(new Error('canary-secret')) }],
    ['a type that there is not', { type: 'canary-secret' }],
    ['a type without what it needs', { type: 'access_key', accessKeySecret: 'canary-secret' }],
    [
      'ram_role_arn whose STS is not there',
      {
        type: 'ram_role_arn',
        ...key,
        roleArn: 'acs:ram::1:role/canary-role',
        roleSessionName: 's',
        stsEndpoint: '127.0.0.1:1',
      },
    ],
    [
      'oidc_role_arn without its token',
      {
        type: 'oidc_role_arn',
        roleArn: 'acs:ram::1:role/canary-role',
        oidcProviderArn: 'acs:ram::1:oidc-provider/p',
        oidcTokenFilePath: '/canary-secret',
      },
    ],
    ['ecs_ram_role that is switched off', { type: 'ecs_ram_role', roleName: 'canary-role' }],
  ])('%s: CredentialsUnavailable', async (_title, credentials) => {
    await expectUnavailable(credentials, 'canary')
  })
})

describe('credentials_uri', () => {
  const credentials = () => ({ type: 'credentials_uri', credentialsURI: `${issuer.endpoint}/credentials` })
  const issued = (number: number, validMs: number) =>
    json({
      Code: 'Success',
      AccessKeyId: `id-${number}`,
      AccessKeySecret: 'canary-secret',
      SecurityToken: `token-${number}`,
      Expiration: new Date(Date.now() + validMs).toISOString().replace(/\.\d+Z/, 'Z'),
    })

  test('is asked once while what it gave is valid', async () => {
    issuer.answer = issued(1, 3_600_000)
    const client = clientWith(credentials())
    await use(client)
    await use(client)
    expect(signers()).toEqual(['id-1 token-1', 'id-1 token-1'])
    expect(issuer.requests).toHaveLength(1)
  })

  test('is asked again when that is about to end', async () => {
    issuer.answer = issued(1, 1000)
    const client = clientWith(credentials())
    await use(client)
    issuer.answer = issued(2, 3_600_000)
    await use(client)
    expect(signers()).toEqual(['id-1 token-1', 'id-2 token-2'])
  })

  test.each([
    ['an error', text('canary-secret', 500)],
    ['what is not JSON', text('canary-secret')],
    ['half a key', json({ AccessKeyId: 'id-1', Hint: 'canary-secret' })],
  ])('that answers with %s', async (_title, answer) => {
    issuer.answer = answer
    await expectUnavailable(credentials(), 'canary-secret')
  })
})

describe('an STS token that has expired', () => {
  const expired = json({ Code: 'InvalidSecurityToken.Expired', Message: 'canary-secret', RequestId: 'r1' }, 403)
  const fine = json({ Plaintext: 'YQ==', KeyId: 'key' })
  const answerBy = (token: string) => {
    kms.answer = (request, response) =>
      (request.headers['x-acs-security-token'] === token ? fine : expired)(request, response)
  }
  const provider = (credentials: Credentials) =>
    new KmsDataKeyProvider('acs:kms:cn-hangzhou:1:key/key', {
      endpoint: kms.endpoint,
      credentials,
      retry: { maxAttempts: 5, delayMs: () => 60_000 },
    })
  const open = (credentials: Credentials) =>
    within(
      5000,
      provider(credentials).decryptDataKey({
        algorithm: { ...algorithmByName('AES_GCM_NOPADDING_128'), keyLength: 1 as never },
        encryptionContext: {},
        encryptedDataKeys: [{ keyArn: 'acs:kms:cn-hangzhou:1:key/key', ciphertextBlob: Uint8Array.of(1) }],
      }),
    )

  test('is tried once more, at once, with what a function answers then', async () => {
    answerBy('token-2')
    let asked = 0
    expect(await open(() => ({ ...key, securityToken: `token-${(asked += 1)}` }))).toEqual(Uint8Array.of(97))
    expect(signers()).toEqual(['id-1 token-1', 'id-1 token-2'])
  })

  test('is told when the second attempt is refused as well', async () => {
    answerBy('none')
    let asked = 0
    const error = await rejection(open(() => ({ ...key, securityToken: `token-${(asked += 1)}` })))
    expect(error).toMatchObject({
      code: 'CredentialsExpired',
      status: 403,
      serviceCode: 'InvalidSecurityToken.Expired',
    })
    expect(error.message).toContain('expired')
    expect(kms.requests).toHaveLength(2)
  })

  test('is asked for anew of a source that keeps what it has', async () => {
    answerBy('token-2')
    const issue = (number: number) =>
      json({
        Code: 'Success',
        AccessKeyId: 'id-1',
        AccessKeySecret: 'canary-secret',
        SecurityToken: `token-${number}`,
        Expiration: new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z/, 'Z'),
      })
    let issued = 0
    issuer.answer = (request, response) => issue((issued += 1))(request, response)
    await open({ type: 'credentials_uri', credentialsURI: `${issuer.endpoint}/credentials` })
    expect(signers()).toEqual(['id-1 token-1', 'id-1 token-2'])
  })

  test.each<[string, Credentials]>([
    ['an access key', { ...key, securityToken: 'token-1' }],
    ['a Config of type sts', { type: 'sts', ...key, securityToken: 'token-1' }],
  ])('is told at once where there is nothing to refresh: %s', async (_title, credentials) => {
    answerBy('none')
    expect(await rejection(open(credentials))).toMatchObject({ code: 'CredentialsExpired', retryable: false })
    expect(kms.requests).toHaveLength(1)
  })
})

describe('the default chain', () => {
  test('the environment', async () => {
    vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_ID', 'id-env')
    vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_SECRET', 'canary-secret')
    expect(await signedBy(undefined)).toEqual(['id-env'])
    vi.stubEnv('ALIBABA_CLOUD_SECURITY_TOKEN', 'token-env')
    expect(await signedBy(undefined)).toEqual(['id-env', 'id-env token-env'])
  })

  test('the aliyun CLI’s profile', async () => {
    await profile(
      JSON.stringify({
        current: 'p',
        profiles: [{ name: 'p', mode: 'AK', access_key_id: 'id-cli', access_key_secret: 'canary-secret' }],
      }),
    )
    expect(await signedBy(undefined)).toEqual(['id-cli'])
  })

  test('nothing anywhere', async () => {
    await expectUnavailable(undefined)
  })

  test.each([
    ['broken JSON', '{"profiles":[{"name":"p","access_key_secret":"canary-secret"'],
    ['no profiles', '{"access_key_secret":"canary-secret"}'],
    ['a profile that is not there', '{"current":"q","profiles":[{"name":"p","access_key_secret":"canary-secret"}]}'],
    [
      'a mode that there is not',
      '{"current":"p","profiles":[{"name":"p","mode":"canary-secret","access_key_secret":"canary-secret"}]}',
    ],
  ])('a profile file with %s is not quoted', async (_title, content) => {
    await profile(content)
    await expectUnavailable(undefined, 'canary-secret')
  })

  async function profile(content: string): Promise<void> {
    const folder = join(process.env['HOME']!, '.aliyun')
    await mkdir(folder)
    await writeFile(join(folder, 'config.json'), content)
  }
})
