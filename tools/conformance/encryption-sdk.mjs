// Runs the vectors of the Encryption SDKs (`encryption-sdk/*.json`) through the public API.
import {
  EncryptionSdk,
  FormatError,
  KmsDataKeyProvider,
  noRetry,
  OsscryptError,
  SecretsManagerDataKeyProvider,
} from 'osscrypt'
import { OssEncryptionClient } from 'osscrypt/oss'
import { areEqual, fromBase64, passThrough, toBase64 } from './bytes.mjs'
import { FakeKms } from './fake-kms.mjs'
import { MemoryStore, storedObject } from './memory-store.mjs'

/**
 * @typedef {Record<string, any>} Vector A case as it stands in the file.
 * @typedef {import('osscrypt').KmsDataKeyProvider} DataKeys
 * @typedef {import('osscrypt').EncryptOptions} Options
 * @typedef {{ plaintext: Uint8Array, encryption: import('osscrypt').EncryptionInfo | import('osscrypt').UnverifiedEncryptionInfo }} Decrypted
 * @typedef {object} Form
 * @property {(vector: Vector, dataKeys: DataKeys) => Promise<Decrypted>} decrypt
 * @property {(plaintext: Uint8Array, options: Options, dataKeys: any, vector: Vector) => Promise<Vector>} encrypt
 */

/** @param {readonly string[]} values */
const unique = (values) => [...new Set(values)]
const readOptions = { allowUnauthenticatedAlgorithms: true }

/** @param {string} name */
const metaHeader = (name) => `x-oss-meta-x-oss-meta-${name}`

/**
 * For each form: how its cases are read, and how new ones are written.
 *
 * @type {Record<string, Form>}
 */
const forms = {
  'asn1-message': {
    async decrypt(vector, dataKeys) {
      return new EncryptionSdk({ dataKeys }).decrypt(fromBase64(vector.output), readOptions)
    },
    async encrypt(plaintext, options, dataKeys) {
      const { message } = await new EncryptionSdk({ dataKeys }).encrypt(plaintext, options)
      return { output: toBase64(message) }
    },
  },
  stream: {
    decrypt: (vector, dataKeys) => decryptStream(vector, new EncryptionSdk({ dataKeys })),
    async encrypt(plaintext, options, dataKeys) {
      const streams = new EncryptionSdk({ dataKeys }).encryptWebStream(options)
      return { output: toBase64(await passThrough(streams, plaintext)) }
    },
  },
  'oss-metadata': {
    async decrypt(vector, dataKeys) {
      const store = new MemoryStore()
      const headers = {
        [metaHeader('header')]: vector.header,
        [metaHeader('iv')]: vector.iv,
        [metaHeader('authtag')]: vector.authTag,
      }
      store.objects.set('object', storedObject(headers, fromBase64(vector.body)))
      const { content, encryption } = await new OssEncryptionClient({ store, dataKeys, retry: noRetry }).get(
        'object',
        readOptions,
      )
      return { plaintext: content, encryption }
    },
    async encrypt(plaintext, options, dataKeys) {
      const store = new MemoryStore()
      const client = new OssEncryptionClient({ store, dataKeys, retry: noRetry })
      await client.put('object', plaintext, { ...options, bindToObject: false })
      const { headers, content } = store.objects.get('object') ?? storedObject({}, new Uint8Array(0))
      return {
        header: headers[metaHeader('header')],
        iv: headers[metaHeader('iv')],
        authTag: headers[metaHeader('authtag')],
        body: toBase64(content),
      }
    },
  },
  'secret-manager': {
    async decrypt(vector, dataKeys) {
      const sdk = new EncryptionSdk({ dataKeys: withSecret(vector, dataKeys, vector.secretHeader) })
      return vector.variant === 'stream'
        ? decryptStream(vector, sdk)
        : sdk.decrypt(fromBase64(vector.output), readOptions)
    },
    async encrypt(plaintext, options, dataKeys, vector) {
      const provider = withSecret(vector, dataKeys, null)
      const { encrypt } = formOf({ form: vector.variant === 'stream' ? 'stream' : 'asn1-message' })
      const output = await encrypt(plaintext, options, provider, vector)
      return { ...output, secretHeader: provider.kept.get(vector.secretName) }
    },
  },
}

/**
 * A provider whose Secrets Manager holds one secret, or none yet.
 *
 * @param {Vector} vector
 * @param {import('osscrypt').DataKeyProvider} dataKeys
 * @param {string | null} secretHeader
 */
function withSecret({ secretName }, dataKeys, secretHeader) {
  /** @type {Map<string, string>} */
  const secrets = new Map()
  if (secretHeader !== null) secrets.set(secretName, secretHeader)
  /** @type {import('osscrypt').SecretsClient} */
  const client = {
    getSecretValue: ({ secretName: name }) => Promise.resolve(secrets.get(name) ?? null),
    createSecret({ secretName: name, secretData }) {
      if (secrets.has(name)) return Promise.resolve(false)
      secrets.set(name, secretData)
      return Promise.resolve(true)
    },
  }
  const provider = new SecretsManagerDataKeyProvider(secretName, dataKeys, {
    region: 'cn-hangzhou',
    secrets: client,
    retry: noRetry,
  })
  return Object.assign(provider, { kept: secrets })
}

/**
 * @param {Vector} vector
 * @param {EncryptionSdk} sdk
 */
async function decryptStream({ output }, sdk) {
  const streams = sdk.decryptWebStream(readOptions)
  const plaintext = await passThrough(streams, fromBase64(output))
  return { plaintext, encryption: await streams.encryption }
}

/**
 * Whether a file's content is of this kind.
 *
 * @param {any} content
 */
export function matches(content) {
  return (
    Array.isArray(content) &&
    content.every((/** @type {object} */ entry) => 'form' in entry && 'encryptedDataKeys' in entry)
  )
}

/**
 * The named cases of a file, each of which throws the reason when it fails.
 *
 * @param {Vector[]} content
 */
export function cases(content) {
  return content.map((vector) => ({ name: vector.name, run: () => runCase(vector) }))
}

/** @param {Vector} vector */
async function runCase(vector) {
  formOf(vector)
  const expectation = vector.expect ?? 'accept'
  if (expectation === 'accept') return expectAccepted(vector)
  let result
  try {
    result = await decrypt(vector, unique(vector.cmkArns))
  } catch (error) {
    if (error instanceof OsscryptError) return
    throw new Error(`not an error of the library: ${error}`, { cause: error })
  }
  if (expectation === 'reject') throw new Error('was accepted')
  if (!(result.plaintext instanceof Uint8Array)) throw new Error('gave no bytes')
}

/** @param {Vector} vector */
async function expectAccepted(vector) {
  const arns = unique(vector.cmkArns)
  for (const given of [arns, ...arns.map((arn) => [arn])]) {
    const { plaintext, encryption } = await decrypt(vector, given)
    if (!areEqual(fromBase64(vector.plaintext), plaintext)) throw new Error('other plaintext')
    if (encryption.algorithm !== vector.algorithm) throw new Error(`algorithm ${encryption.algorithm}`)
    if (!sameEntries(encryption.encryptionContext, vector.encryptionContext))
      throw new Error('other encryption context')
    if (unique(encryption.cmkArns).sort().join() !== [...arns].sort().join()) throw new Error('other CMKs')
  }
}

/**
 * @param {Vector} vector
 * @param {readonly string[]} cmkArns
 */
async function decrypt(vector, cmkArns) {
  try {
    return await formOf(vector).decrypt(
      vector,
      new KmsDataKeyProvider(cmkArns, { kms: new FakeKms(vector), retry: noRetry }),
    )
  } catch (error) {
    if (
      error instanceof FormatError &&
      error.code === 'UnsupportedAlgorithm' &&
      (vector.expect ?? 'accept') === 'accept'
    ) {
      throw new Error('not supported', { cause: error })
    }
    throw error
  }
}

/** @param {Vector} vector */
function formOf(vector) {
  const form = forms[vector.form]
  if (!form) throw new Error('not supported')
  return form
}

/**
 * @param {Record<string, string>} left
 * @param {Record<string, string>} right
 */
function sameEntries(left, right) {
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && left[key] === right[key])
  )
}

/**
 * The accepted cases once more, newly encrypted.
 *
 * @param {Vector[]} content
 * @param {(name: string, error: unknown) => void} onFailure Told of each that cannot be; the others are given all the same.
 */
export async function emit(content, onFailure) {
  const emitted = []
  for (const vector of content.filter(({ expect = 'accept', form }) => expect === 'accept' && forms[form])) {
    try {
      emitted.push(await encryptAnew(vector))
    } catch (error) {
      onFailure(vector.name, error)
    }
  }
  return emitted
}

/**
 * @param {Vector} vector
 * @returns {Promise<Vector>}
 */
async function encryptAnew(vector) {
  const { name, form, algorithm, algorithmId, encryptionContext, plaintext, variant, secretName, secretDataType } =
    vector
  const cmkArns = unique(vector.cmkArns)
  const kms = new FakeKms()
  const options = { algorithm, encryptionContext, allowUnauthenticatedAlgorithms: true }
  const output = await formOf(vector).encrypt(
    fromBase64(plaintext),
    options,
    new KmsDataKeyProvider(cmkArns, { kms }),
    vector,
  )
  const about = { name, form, algorithm, algorithmId, cmkArns, encryptionContext, plaintext }
  const secret = variant && { variant, secretName, secretDataType }
  return { ...about, encryptedDataKeys: kms.encryptedDataKeys, ...secret, ...output, expect: 'accept' }
}
