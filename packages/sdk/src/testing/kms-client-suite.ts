import { encodeBase64 } from '../bytes/base64.js'
import { ServiceError, type ServiceErrorCode } from '../errors.js'
import type { KmsClient, KmsKey } from '../kms/kms-client.js'
import { flipLastBit, printError, rejection, demand, sameBytes, suiteCase, type SuiteCase } from './suite.js'

/** What {@link kmsClientSuite} tests, and how it is made. */
export interface KmsClientSuiteOptions {
  /** Makes a client for one case. */
  readonly create: () => KmsClient | Promise<KmsClient>
  /** A CMK for encryption that the client may use. */
  readonly key: KmsKey
  /** Another one, in the same region. */
  readonly otherKey: KmsKey
  /** Makes the service answer the next request, and no more than that, with its throttling error. Without it that case is left out. */
  readonly throttleOnce?: (() => void | Promise<void>) | undefined
}

const encryptionContext = Object.freeze({ 部门: '财务', '😀': 'a "quoted" \\ value' })

/** What every {@link KmsClient} has to do, as cases for any test runner. They call the service that the client calls. */
export function kmsClientSuite(options: KmsClientSuiteOptions): SuiteCase[] {
  const { create, key, otherKey, throttleOnce } = options
  const { region } = key
  const given = (name: string, body: (client: KmsClient) => Promise<void>) => suiteCase(name, create, body)
  const generate = (client: KmsClient, signal?: AbortSignal) =>
    client.generateDataKey({ ...key, length: { keySpec: 'AES_256' }, encryptionContext }, { signal })

  const lengths = [
    { length: { keySpec: 'AES_256' }, bytes: 32, name: 'AES_256' },
    { length: { keySpec: 'AES_128' }, bytes: 16, name: 'AES_128' },
    { length: { numberOfBytes: 16 }, bytes: 16, name: '16 bytes' },
    { length: { numberOfBytes: 24 }, bytes: 24, name: '24 bytes' },
  ] as const

  return [
    ...lengths.map(({ length, bytes, name }) =>
      given(`generates a data key of ${name} that decrypts`, async (client) => {
        const made = await client.generateDataKey({ ...key, length, encryptionContext })
        demand(made.plaintext.length === bytes, `a data key of ${made.plaintext.length} bytes instead of ${bytes}`)
        const opened = await client.decrypt({ region, ciphertextBlob: made.ciphertextBlob, encryptionContext })
        demand(sameBytes(opened.plaintext, made.plaintext), 'decrypt answered with another data key than was generated')
        requireKeyId(key, made.keyId, opened.keyId)
      }),
    ),
    given('generates a new data key each time', async (client) => {
      const [first, second] = [await generate(client), await generate(client)]
      demand(!sameBytes(first.plaintext, second.plaintext), 'the same data key came twice')
    }),
    given('decrypts what it encrypts, any bytes', async (client) => {
      for (const plaintext of [Uint8Array.of(0), Uint8Array.from({ length: 256 }, (_, index) => index)]) {
        const wrapped = await client.encrypt({ ...key, plaintext, encryptionContext })
        const opened = await client.decrypt({ region, ciphertextBlob: wrapped.ciphertextBlob, encryptionContext })
        demand(sameBytes(opened.plaintext, plaintext), 'decrypt answered with other bytes than were encrypted')
        requireKeyId(key, wrapped.keyId, opened.keyId)
      }
    }),
    given('re-encrypts to another key and another context', async (client) => {
      const made = await generate(client)
      const moved = await client.reEncrypt({
        ...otherKey,
        ciphertextBlob: made.ciphertextBlob,
        sourceEncryptionContext: encryptionContext,
        encryptionContext: { to: 'other' },
      })
      const opened = await client.decrypt({
        region,
        ciphertextBlob: moved.ciphertextBlob,
        encryptionContext: { to: 'other' },
      })
      demand(sameBytes(opened.plaintext, made.plaintext), 're-encrypting changed the data key')
      requireKeyId(otherKey, moved.keyId, opened.keyId)
    }),
    given('takes an empty encryption context', async (client) => {
      const made = await client.generateDataKey({ ...key, length: { keySpec: 'AES_256' }, encryptionContext: {} })
      const opened = await client.decrypt({ region, ciphertextBlob: made.ciphertextBlob, encryptionContext: {} })
      demand(sameBytes(opened.plaintext, made.plaintext), 'decrypt answered with another data key than was generated')
    }),
    given('fails with WrongContext for another encryption context', async (client) => {
      const { ciphertextBlob } = await generate(client)
      for (const other of [{}, { ...encryptionContext, more: '' }]) {
        await requireServiceError('WrongContext', client.decrypt({ region, ciphertextBlob, encryptionContext: other }))
      }
    }),
    given('fails with WrongContext for a changed wrapped key', async (client) => {
      const { ciphertextBlob } = await generate(client)
      const changed = flipLastBit(ciphertextBlob)
      await requireServiceError('WrongContext', client.decrypt({ region, ciphertextBlob: changed, encryptionContext }))
    }),
    given('fails with KeyNotFound for a key that is not there, and says nothing secret', async (client) => {
      const missing = { region, keyId: '00000000-0000-0000-0000-000000000000' }
      const plaintext = Uint8Array.from({ length: 32 }, (_, index) => 0x80 + index)
      const error = await requireServiceError(
        'KeyNotFound',
        client.encrypt({ ...missing, plaintext, encryptionContext }),
      )
      const text = printError(error).toLowerCase()
      const base64 = encodeBase64(plaintext)
      const hex = [...plaintext].map((byte) => byte.toString(16)).join('')
      const leaks = [base64, encodeURIComponent(base64), hex].some((form) => text.includes(form.toLowerCase()))
      demand(!leaks, 'the error holds the plaintext')
    }),
    given('answers with arrays of the caller’s own', async (client) => {
      const made = await generate(client)
      const plaintext = new Uint8Array(made.plaintext)
      made.plaintext.fill(0)
      const { ciphertextBlob } = made
      for (let reading = 0; reading < 2; reading += 1) {
        const opened = await client.decrypt({ region, ciphertextBlob, encryptionContext })
        demand(sameBytes(opened.plaintext, plaintext), 'decrypt answered with another data key than was generated')
        opened.plaintext.fill(0)
      }
    }),
    given('does not mix up requests that come at the same time', async (client) => {
      await Promise.all(
        Array.from({ length: 8 }, async (_, index) => {
          const request = { encryptionContext: { index: String(index) } }
          const plaintext = new Uint8Array(16).fill(index)
          const { ciphertextBlob } = await client.encrypt({ ...key, ...request, plaintext })
          const opened = await client.decrypt({ region, ...request, ciphertextBlob })
          demand(sameBytes(opened.plaintext, plaintext), 'a request got the answer of another')
        }),
      )
    }),
    given('rejects with the reason of an aborted signal', async (client) => {
      const reason = new Error('aborted by the suite')
      const before = await rejection(generate(client, AbortSignal.abort(reason)), 'an aborted request was carried out')
      demand(before === reason, 'an aborted request failed with something else than the reason')
      const controller = new AbortController()
      const working = Promise.allSettled([generate(client, controller.signal)])
      controller.abort(reason)
      const [outcome] = await working
      demand(
        outcome.status === 'fulfilled' || outcome.reason === reason,
        'an aborted request failed with something else than the reason',
      )
    }),
    ...(throttleOnce
      ? [
          given('leaves it to the caller to try again', async (client) => {
            await throttleOnce()
            await requireServiceError('Throttled', generate(client))
            await generate(client)
          }),
        ]
      : []),
  ]
}

/** KMS answers with a key's id, or with its ARN. */
function requireKeyId(key: KmsKey, ...answered: readonly string[]): void {
  const id = (name: string) => name.slice(name.lastIndexOf('/') + 1)
  demand(
    answered.every((name) => id(name) === id(key.keyId)),
    'the answer names another key',
  )
}

async function requireServiceError(code: ServiceErrorCode, work: Promise<unknown>): Promise<ServiceError> {
  const error = await rejection(work, `no error where ${code} is due`)
  demand(error instanceof ServiceError, `not a ServiceError: ${error instanceof Error ? error.name : typeof error}`)
  demand(
    error.service === 'kms' && error.code === code,
    `a ServiceError ${error.service} ${error.code} instead of kms ${code}`,
  )
  demand(error.retryable === (code === 'Throttled'), 'retryable is wrong')
  return error
}
