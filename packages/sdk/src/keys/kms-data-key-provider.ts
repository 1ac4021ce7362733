import { createKmsClient } from '#kms-client'
import type { AlgorithmSuite } from '../crypto/algorithm.js'
import { OsscryptError, ServiceError } from '../errors.js'
import { checkedKmsClient } from '../kms/checked-client.js'
import type { DataKeyLength, KmsClient } from '../kms/kms-client.js'
import type { EncryptionContext } from '../message/encryption-context.js'
import type { EncryptedDataKey } from '../message/header.js'
import { limits } from '../message/limits.js'
import { assertOptions } from '../options.js'
import { defaultRetryPolicy, retrying, type RetryPolicy } from '../retry/retry.js'
import { parseCmkArn, requireAnsweredKey, requireCmkArn, type CmkArn } from './cmk-arn.js'
import { CmkPlaces } from './cmk-places.js'
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
import { PROVIDER_OPTIONS, type KmsDataKeyProviderOptions } from './kms-data-key-provider-options.js'
import { noneUnwrapped, noteFailure, type UnwrapFailures } from './unwrap-data-key.js'

/**
 * Data keys that CMKs in KMS wrap. New data keys are wrapped under every CMK given, so that any one of them opens the data; the first makes
 * them. Data is opened only with the CMKs given, asked in the order given, each at the KMS of the region that its ARN names; what each failed
 * with is kept and reported together.
 */
export class KmsDataKeyProvider implements DataKeyProvider, DataKeyRewrapper {
  readonly cmkArns: readonly string[] | undefined
  readonly #cmks: readonly CmkArn[]
  readonly #kms: KmsClient
  readonly #retry: RetryPolicy
  readonly #places: CmkPlaces
  readonly #discovery: KmsDataKeyProviderOptions['discovery']
  readonly #options: KmsDataKeyProviderOptions

  /**
   * @param cmkArns One ARN `acs:kms:<region>:<account>:key/<key id>`, or several; none for a provider that only opens, by `discovery`.
   * @throws TypeError when an ARN is not well-formed or comes twice, or there is none.
   */
  constructor(cmkArns: string | readonly string[], options: KmsDataKeyProviderOptions = {}) {
    assertOptions('a KmsDataKeyProvider', options, PROVIDER_OPTIONS)
    this.#cmks = [cmkArns].flat().map(requireCmkArn)
    const arns = Object.freeze(this.#cmks.map(({ arn }) => arn))
    if (arns.length === 0 && !options.discovery) throw new TypeError('no CMK ARN given')
    if (new Set(arns).size !== arns.length) throw new TypeError('a CMK ARN given twice')
    this.cmkArns = options.discovery ? undefined : arns
    this.#discovery = options.discovery
    const kms = checkedKmsClient(options.kms ?? createKmsClient(options))
    this.#kms = kms
    this.#options = options
    const retry = options.retry ?? defaultRetryPolicy
    this.#retry = retry
    this.#places = new CmkPlaces(options.instances ?? {}, options.ca !== undefined, ({ region, arn }, { signal }) =>
      retrying(retry, signal, async () => {
        if (!kms.describeKey) throw new TypeError('the KMS client cannot describe keys: name the instances')
        return kms.describeKey({ region, keyId: arn }, { signal })
      }),
    )
  }

  async generateDataKey({ algorithm, encryptionContext, signal }: DataKeyRequest): Promise<EncryptionMaterials> {
    const [first, ...others] = this.#writableCmks()
    const { place } = await this.#places.placeOf(first, signal)
    const length = dataKeyLength(algorithm)
    const generated = await retrying(this.#retry, signal, () =>
      this.#kms.generateDataKey({ ...place, keyId: first.arn, length, encryptionContext }, { signal }),
    )
    try {
      requireAnsweredKey(first, generated.keyId)
      requireKeyLength(algorithm, generated.plaintext)
      const wrapped: EncryptedDataKey[] = [{ keyArn: first.arn, ciphertextBlob: generated.ciphertextBlob }]
      for (const cmk of others) wrapped.push(await this.#wrap(cmk, first, generated, encryptionContext, signal))
      return { dataKey: generated.plaintext, encryptedDataKeys: wrapped }
    } catch (error) {
      generated.plaintext.fill(0)
      throw error
    }
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
    const failures: UnwrapFailures = []
    for (const cmk of [...this.#cmks, ...this.#discover(encryptedDataKeys)]) {
      for (const encryptedDataKey of encryptedDataKeys.filter(({ keyArn }) => keyArn === cmk.arn)) {
        try {
          const { ciphertextBlob } = encryptedDataKey
          const dataKey = await this.#unwrap(cmk, algorithm, ciphertextBlob, encryptionContext, signal)
          return { dataKey, encryptedDataKey }
        } catch (error) {
          noteFailure(failures, cmk.arn, error, signal)
        }
      }
    }
    return noneUnwrapped(failures)
  }

  async unwrapSecrets({ wrapAlgorithm, secrets, signal }: WrappedSecrets): Promise<readonly Uint8Array[] | null> {
    if (wrapAlgorithm !== 'KMS') return null
    const failures: UnwrapFailures = []
    for (const cmk of this.#cmks) {
      const opened: Uint8Array[] = []
      try {
        for (const secret of secrets) opened.push(await this.#unwrapSecret(cmk, secret, signal))
        return opened
      } catch (error) {
        for (const each of opened) each.fill(0)
        noteFailure(failures, cmk.arn, error, signal)
      }
    }
    return noneUnwrapped(failures)
  }

  async wrapSecrets({
    secrets,
    signal,
  }: Parameters<NonNullable<DataKeyProvider['wrapSecrets']>>[0]): Promise<SecretsWrapped> {
    const [cmk] = this.#writableCmks()
    const { place } = await this.#places.placeOf(cmk, signal)
    const encryptionContext = this.#options.ossSdkContext ?? {}
    const wrapped: Uint8Array[] = []
    for (const plaintext of secrets) {
      const answer = await retrying(this.#retry, signal, () =>
        this.#kms.encrypt({ ...place, keyId: cmk.arn, plaintext, encryptionContext }, { signal }),
      )
      requireAnsweredKey(cmk, answer.keyId)
      wrapped.push(answer.ciphertextBlob)
    }
    return { wrapAlgorithm: 'KMS', wrapped, description: {} }
  }

  async wrapDataKey({
    encryptionContext,
    dataKey,
    signal,
  }: DataKeyRequest & { readonly dataKey: Uint8Array }): Promise<readonly EncryptedDataKey[]> {
    const [first, ...others] = this.#writableCmks()
    const { place } = await this.#places.placeOf(first, signal)
    const { ciphertextBlob, keyId } = await retrying(this.#retry, signal, () =>
      this.#kms.encrypt({ ...place, keyId: first.arn, plaintext: dataKey, encryptionContext }, { signal }),
    )
    requireAnsweredKey(first, keyId)
    const wrapped: EncryptedDataKey[] = [{ keyArn: first.arn, ciphertextBlob }]
    const source = { ciphertextBlob, plaintext: dataKey }
    for (const cmk of others) wrapped.push(await this.#wrap(cmk, first, source, encryptionContext, signal))
    return wrapped
  }

  async rewrapDataKey({
    encryptionContext,
    encryptedDataKey: { keyArn, ciphertextBlob },
    signal,
  }: DataKeyRequest & { readonly encryptedDataKey: EncryptedDataKey }): Promise<readonly EncryptedDataKey[] | null> {
    const cmks = this.#writableCmks()
    const source = parseCmkArn(keyArn)
    if (!source) return null
    for (const cmk of cmks) if (!(await this.#reEncrypts(source, cmk, signal))) return null
    const wrapped: EncryptedDataKey[] = []
    try {
      for (const cmk of cmks) wrapped.push(await this.#reEncrypt(cmk, ciphertextBlob, encryptionContext, signal))
    } catch (error) {
      // What a KMS instance's CMK answers through the shared gateway, where nobody said that it lives in one.
      if (error instanceof ServiceError && error.serviceCode === 'UnsupportedOperation') return null
      throw error
    }
    return wrapped
  }

  withCmks(cmkArns: string | readonly string[]): KmsDataKeyProvider {
    return new KmsDataKeyProvider(cmkArns, { ...this.#options, kms: this.#kms, discovery: undefined })
  }

  /** The CMKs that data is written under: not more than its readers take. */
  #writableCmks(): readonly [CmkArn, ...CmkArn[]] {
    const [first, ...others] = this.#cmks
    if (!first) throw new TypeError('a provider without CMKs can only open data')
    if (others.length >= limits.encryptedDataKeys) {
      const most = `data is written under at most ${String(limits.encryptedDataKeys)} CMKs`
      throw new OsscryptError('LimitExceeded', `${most}: readers refuse more`)
    }
    return [first, ...others]
  }

  /** The CMKs of a message that were not given, and may be asked all the same. */
  #discover(encryptedDataKeys: readonly EncryptedDataKey[]): CmkArn[] {
    const { accounts, regions } = this.#discovery ?? { accounts: [], regions: [] }
    const arns = new Set(encryptedDataKeys.map(({ keyArn }) => keyArn))
    for (const { arn } of this.#cmks) arns.delete(arn)
    return [...arns].flatMap((arn) => {
      const cmk = parseCmkArn(arn)
      return cmk && accounts.includes(cmk.account) && regions.includes(cmk.region) ? [cmk] : []
    })
  }

  /** The data key under one more CMK: inside KMS where it can be, else by giving it to the other CMK's KMS. */
  async #wrap(
    cmk: CmkArn,
    source: CmkArn,
    { ciphertextBlob, plaintext }: { ciphertextBlob: Uint8Array; plaintext: Uint8Array },
    encryptionContext: EncryptionContext,
    signal: AbortSignal | undefined,
  ): Promise<EncryptedDataKey> {
    if (await this.#reEncrypts(source, cmk, signal)) {
      return this.#reEncrypt(cmk, ciphertextBlob, encryptionContext, signal)
    }
    const { place } = await this.#places.placeOf(cmk, signal)
    const wrapped = await retrying(this.#retry, signal, () =>
      this.#kms.encrypt({ ...place, keyId: cmk.arn, encryptionContext, plaintext }, { signal }),
    )
    requireAnsweredKey(cmk, wrapped.keyId)
    return { keyArn: cmk.arn, ciphertextBlob: wrapped.ciphertextBlob }
  }

  /** Whether KMS takes a key from one CMK to another by itself: in one region, and not where an instance is part of it. */
  async #reEncrypts(from: CmkArn, to: CmkArn, signal: AbortSignal | undefined): Promise<boolean> {
    if (from.region !== to.region || (await this.#places.placeOf(to, signal)).dedicated) return false
    return !(await this.#places.placeOf(from, signal)).dedicated
  }

  async #reEncrypt(
    cmk: CmkArn,
    ciphertextBlob: Uint8Array,
    encryptionContext: EncryptionContext,
    signal: AbortSignal | undefined,
  ): Promise<EncryptedDataKey> {
    const { place } = await this.#places.placeOf(cmk, signal)
    const request = {
      ...place,
      keyId: cmk.arn,
      ciphertextBlob,
      sourceEncryptionContext: encryptionContext,
      encryptionContext,
    }
    const wrapped = await retrying(this.#retry, signal, () => this.#kms.reEncrypt(request, { signal }))
    requireAnsweredKey(cmk, wrapped.keyId)
    return { keyArn: cmk.arn, ciphertextBlob: wrapped.ciphertextBlob }
  }

  async #unwrapSecret(
    cmk: CmkArn,
    { wrapped: ciphertextBlob, length }: WrappedSecret,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    const { place } = await this.#places.placeOf(cmk, signal)
    const encryptionContext = this.#options.ossSdkContext ?? {}
    const plaintextIsText = length === undefined
    const { plaintext, keyId } = await retrying(this.#retry, signal, () =>
      this.#kms.decrypt({ ...place, ciphertextBlob, encryptionContext, plaintextIsText }, { signal }),
    )
    try {
      requireAnsweredKey(cmk, keyId)
      return plaintext
    } catch (error) {
      plaintext.fill(0)
      throw error
    }
  }

  async #unwrap(
    cmk: CmkArn,
    algorithm: AlgorithmSuite,
    ciphertextBlob: Uint8Array,
    encryptionContext: EncryptionContext,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    const { place } = await this.#places.placeOf(cmk, signal)
    const { plaintext, keyId } = await retrying(this.#retry, signal, () =>
      this.#kms.decrypt({ ...place, ciphertextBlob, encryptionContext }, { signal }),
    )
    try {
      requireAnsweredKey(cmk, keyId)
      requireKeyLength(algorithm, plaintext)
      return plaintext
    } catch (error) {
      plaintext.fill(0)
      throw error
    }
  }
}

function dataKeyLength({ keySpec, keyLength }: AlgorithmSuite): DataKeyLength {
  return keySpec ? { keySpec } : { numberOfBytes: keyLength }
}

function requireKeyLength(algorithm: AlgorithmSuite, plaintext: Uint8Array): void {
  if (plaintext.length !== algorithm.keyLength) {
    throw new ServiceError('BadAnswer', 'KMS answered with a data key of another length than the algorithm needs', {
      service: 'kms',
    })
  }
}
