import { KeyError } from '../errors.js'
import { encodeContext } from '../message/encryption-context.js'
import type { EncryptedDataKey } from '../message/header.js'
import type {
  DataKeyProvider,
  DataKeyRequest,
  DecryptDataKeyRequest,
  EncryptionMaterials,
  SecretsWrapped,
  UnwrappedDataKey,
  WrappedSecret,
  WrappedSecrets,
} from './data-key-provider.js'
import type { DataKeyRewrapper } from './data-key-rewrapper.js'
import { freshDataKey } from './fresh-data-key.js'
import { importRsaKey, type RsaKey, type RsaKeyOptions } from './node-rsa-key.js'

/** Nobody should begin to write under shorter ones. */
const LEAST_WRITING_BITS = 2048

/**
 * Data keys under RSA keys of the caller's, in place of KMS: for whoever has none, and for what the OSS SDKs' own encryption wrote under such keys. A data key is
 * wrapped by RSAES-OAEP with SHA-256, whose label is the encryption context, under every key given; in messages, a key's name stands where the ARN of a CMK would:
 * `rsa:sha256:` and the hash of the public key.
 */
export class RsaDataKeyProvider implements DataKeyProvider, DataKeyRewrapper {
  readonly cmkArns: readonly string[]
  readonly #keys: readonly RsaKey[]

  /**
   * @param keys One key or several; what is written is wrapped under each.
   * @throws TypeError for what is no RSA key, and for one that comes twice.
   */
  constructor(keys: RsaKeyOptions | readonly RsaKeyOptions[]) {
    this.#keys = [keys].flat().map((each) => importRsaKey(each))
    this.cmkArns = Object.freeze(this.#keys.map(({ name }) => name))
    if (this.#keys.length === 0) throw new TypeError('no RSA key given')
    if (new Set(this.cmkArns).size !== this.cmkArns.length) throw new TypeError('an RSA key given twice')
  }

  generateDataKey(request: DataKeyRequest): Promise<EncryptionMaterials> {
    return freshDataKey(this, request)
  }

  async decryptDataKey(request: DecryptDataKeyRequest): Promise<Uint8Array | null> {
    return (await this.unwrapDataKey(request))?.dataKey ?? null
  }

  unwrapDataKey({
    algorithm,
    encryptionContext,
    encryptedDataKeys,
    signal,
  }: DecryptDataKeyRequest): Promise<UnwrappedDataKey | null> {
    return attempt(signal, () => {
      const label = encodeContext(encryptionContext)
      let tried = false
      for (const key of this.#keys) {
        for (const encryptedDataKey of encryptedDataKeys.filter(({ keyArn }) => keyArn === key.name)) {
          tried = true
          const dataKey = key.unwrap(encryptedDataKey.ciphertextBlob, 'sha256', label)
          if (dataKey?.length === algorithm.keyLength) return { dataKey, encryptedDataKey }
          dataKey?.fill(0)
        }
      }
      if (tried) throw noneOpens(this.#keys)
      return null
    })
  }

  unwrapSecrets({
    wrapAlgorithm,
    secrets,
    description,
    signal,
  }: WrappedSecrets): Promise<readonly Uint8Array[] | null> {
    return attempt(signal, () => {
      if (wrapAlgorithm === 'KMS') return null
      const unwrap = (key: RsaKey, { wrapped, length }: WrappedSecret) =>
        wrapAlgorithm === 'RSA-OAEP-SHA1' ? key.unwrap(wrapped, 'sha1') : key.unwrapPkcs1(wrapped, length ?? 0)
      const described = this.#keys.filter((key) => isSameDescription(key.description, description))
      for (const key of described.length > 0 ? described : this.#keys) {
        const opened = secrets.map((secret) => unwrap(key, secret))
        const plaintexts = opened.filter((each, index) => hasLength(each, secrets[index]?.length))
        if (plaintexts.length === secrets.length) return plaintexts
        for (const plaintext of opened) plaintext?.fill(0)
      }
      throw noneOpens(this.#keys)
    })
  }

  wrapSecrets({
    secrets,
    signal,
  }: Parameters<NonNullable<DataKeyProvider['wrapSecrets']>>[0]): Promise<SecretsWrapped> {
    return attempt(signal, () => {
      const [key] = this.#keys
      if (!key) throw new TypeError('no RSA key given')
      assertWritable(key)
      const wrapped = secrets.map((secret) => key.wrapPkcs1(secret))
      return { wrapAlgorithm: 'RSA-PKCS1', wrapped, description: key.description }
    })
  }

  wrapDataKey({
    encryptionContext,
    dataKey,
    signal,
  }: DataKeyRequest & { readonly dataKey: Uint8Array }): Promise<readonly EncryptedDataKey[]> {
    return attempt(signal, () => {
      const label = encodeContext(encryptionContext)
      return this.#keys.map((key) => {
        assertWritable(key)
        return { keyArn: key.name, ciphertextBlob: key.wrap(dataKey, 'sha256', label) }
      })
    })
  }

  /** There is no KMS that could do it alone. */
  rewrapDataKey(): Promise<null> {
    return Promise.resolve(null)
  }
}

function hasLength(plaintext: Uint8Array | null, length: number | undefined): plaintext is Uint8Array {
  return plaintext !== null && plaintext.length === (length ?? plaintext.length)
}

function assertWritable({ modulusLength }: RsaKey): void {
  if (modulusLength >= LEAST_WRITING_BITS) return
  const least = `${String(LEAST_WRITING_BITS)} at least`
  throw new TypeError(`an RSA key of ${String(modulusLength)} bits is too short to write under: ${least}`)
}

function noneOpens(keys: readonly RsaKey[]): KeyError {
  const closed = keys.filter(({ opens }) => !opens).map(({ name }) => name)
  const missing = closed.length === 0 ? '' : `; only the public key was given of ${closed.join(', ')}`
  return new KeyError('DataKeyUnavailable', `none of the RSA keys opens the data key${missing}`)
}

function isSameDescription(left: Readonly<Record<string, string>>, right: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(left)
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && left[name] === right[name])
  )
}

/** Work that is done at once, as a promise. */
function attempt<Result>(signal: AbortSignal | undefined, work: () => Result): Promise<Result> {
  return new Promise((resolve) => {
    signal?.throwIfAborted()
    resolve(work())
  })
}
