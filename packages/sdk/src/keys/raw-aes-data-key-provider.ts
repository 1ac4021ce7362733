import { engine } from '#crypto-engine'
import { concatBytes } from '../bytes/concat.js'
import { copySecret } from '../bytes/secret-bytes.js'
import { algorithmByName } from '../crypto/algorithm.js'
import { decryptBody, encryptBody } from '../crypto/whole-body.js'
import { IntegrityError, KeyError } from '../errors.js'
import { encodeContext } from '../message/encryption-context.js'
import type { EncryptedDataKey } from '../message/header.js'
import type {
  DataKeyProvider,
  DataKeyRequest,
  DecryptDataKeyRequest,
  EncryptionMaterials,
  UnwrappedDataKey,
} from './data-key-provider.js'
import type { DataKeyRewrapper } from './data-key-rewrapper.js'
import { freshDataKey } from './fresh-data-key.js'
import { assertOptions, type OptionNames } from '../options.js'

const KEY_LENGTH = 32
const IV_LENGTH = 12
const TAG_LENGTH = 16

/** A key under which data keys are wrapped. */
export interface RawAesKey {
  /** Stands in messages, in the clear, as `aes:` and this: from 1 to 128 letters, digits, and `. _ - / :`. Two keys never have one name. */
  readonly name: string
  /** 32 bytes, which are copied. */
  readonly key: Uint8Array
}

/**
 * Data keys under an AES-256 key of the caller's, in place of KMS: for tests, and for who works offline. A data key is wrapped by AES-GCM under a random iv, the
 * encryption context being authenticated; its wrapped form is iv, ciphertext, tag. A key wraps at most 2^32 data keys (NIST SP 800-38D, section 8.3).
 */
export class RawAesDataKeyProvider implements DataKeyProvider, DataKeyRewrapper {
  readonly cmkArns: readonly string[]
  readonly #key: Uint8Array
  readonly #arn: string

  /** @throws TypeError for a name that is none; RangeError for a key of another length. */
  constructor(options: RawAesKey) {
    assertOptions('a RawAesDataKeyProvider', options, { name: true, key: true } satisfies OptionNames<RawAesKey>)
    const { name, key } = options
    if (typeof name !== 'string' || !/^[\w.\-/:]{1,128}$/.test(name)) {
      throw new TypeError('the name of an AES key: 1 to 128 letters, digits, and . _ - / :')
    }
    if (!(key instanceof Uint8Array) || key.length !== KEY_LENGTH) throw new RangeError('an AES-256 key has 32 bytes')
    this.#arn = `aes:${name}`
    this.#key = copySecret(key)
    this.cmkArns = Object.freeze([this.#arn])
  }

  generateDataKey(request: DataKeyRequest): Promise<EncryptionMaterials> {
    return freshDataKey(this, request)
  }

  async decryptDataKey(request: DecryptDataKeyRequest): Promise<Uint8Array | null> {
    return (await this.unwrapDataKey(request))?.dataKey ?? null
  }

  async unwrapDataKey({
    algorithm,
    encryptionContext,
    encryptedDataKeys,
    signal,
  }: DecryptDataKeyRequest): Promise<UnwrappedDataKey | null> {
    signal?.throwIfAborted()
    const own = encryptedDataKeys.filter(({ keyArn }) => keyArn === this.#arn)
    for (const encryptedDataKey of own) {
      const { ciphertextBlob: blob } = encryptedDataKey
      if (blob.length !== IV_LENGTH + algorithm.keyLength + TAG_LENGTH) continue
      const body = {
        iv: blob.subarray(0, IV_LENGTH),
        ciphertext: blob.subarray(IV_LENGTH, -TAG_LENGTH),
        authTag: blob.subarray(-TAG_LENGTH),
      }
      try {
        const dataKey = await decryptBody(engine, wrapping(), this.#key, encodeContext(encryptionContext), body)
        return { dataKey, encryptedDataKey }
      } catch (error) {
        if (!(error instanceof IntegrityError)) throw error
      }
    }
    if (own.length > 0) throw new KeyError('DataKeyUnavailable', 'the AES key does not open the data key')
    return null
  }

  async wrapDataKey({
    encryptionContext,
    dataKey,
    signal,
  }: DataKeyRequest & { readonly dataKey: Uint8Array }): Promise<readonly EncryptedDataKey[]> {
    signal?.throwIfAborted()
    const sealed = await encryptBody(engine, wrapping(), this.#key, encodeContext(encryptionContext), dataKey)
    return [{ keyArn: this.#arn, ciphertextBlob: concatBytes(sealed.iv, sealed.ciphertext, sealed.authTag) }]
  }

  /** There is no KMS that could do it alone. */
  rewrapDataKey(): Promise<null> {
    return Promise.resolve(null)
  }
}

function wrapping() {
  return algorithmByName('AES_GCM_NOPADDING_256')
}
