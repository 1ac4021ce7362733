import { createKmsClient, type KmsClientOptions } from '#kms-client'
import type { AlgorithmSuite } from '../crypto/algorithm.js'
import { KeyError, ServiceError } from '../errors.js'
import type { DataKeyLength, KmsClient } from '../kms/kms-client.js'
import type { EncryptionContext } from '../message/encryption-context.js'
import type { EncryptedDataKey } from '../message/header.js'
import { defaultRetryPolicy, retrying, type RetryPolicy } from '../retry/retry.js'
import { parseCmkArn, type CmkArn } from './cmk-arn.js'
import type { DataKeyProvider, DataKeyRequest, EncryptionMaterials } from './data-key-provider.js'

/** Options of {@link KmsDataKeyProvider}. */
export interface KmsDataKeyProviderOptions extends KmsClientOptions {
  /** A KMS client to use instead of the official one; then the endpoint and credentials options have no effect. */
  readonly kms?: KmsClient | undefined
  /** Default: five attempts with full jitter. */
  readonly retry?: RetryPolicy | undefined
}

/**
 * Data keys that CMKs in KMS wrap. New data keys are wrapped under every CMK given, so that any one of them opens the data; the first makes
 * them. Data is opened only with the CMKs given, asked in the order given, each at the KMS of the region that its ARN names.
 */
export class KmsDataKeyProvider implements DataKeyProvider {
  /** The CMKs, in the caller's order. */
  readonly cmkArns: readonly string[]
  readonly #cmks: readonly [CmkArn, ...CmkArn[]]
  readonly #kms: KmsClient
  readonly #retry: RetryPolicy

  /**
   * @param cmkArns One ARN `acs:kms:<region>:<account>:key/<key id>`, or several.
   * @throws TypeError when an ARN is not well-formed or comes twice, or there is none.
   */
  constructor(cmkArns: string | readonly string[], options: KmsDataKeyProviderOptions = {}) {
    const [first, ...rest] = [cmkArns].flat().map(requireCmkArn)
    if (!first) throw new TypeError('no CMK ARN given')
    this.#cmks = [first, ...rest]
    this.cmkArns = Object.freeze(this.#cmks.map(({ arn }) => arn))
    if (new Set(this.cmkArns).size !== this.cmkArns.length) throw new TypeError('a CMK ARN given twice')
    this.#kms = options.kms ?? createKmsClient(options)
    this.#retry = options.retry ?? defaultRetryPolicy
  }

  async generateDataKey({ algorithm, encryptionContext, signal }: DataKeyRequest): Promise<EncryptionMaterials> {
    const [first, ...others] = this.#cmks
    const generated = await retrying(this.#retry, signal, () =>
      this.#kms.generateDataKey(
        { region: first.region, keyId: first.arn, length: dataKeyLength(algorithm), encryptionContext },
        { signal },
      ),
    )
    try {
      requireKeyId(first, generated.keyId)
      requireKeyLength(algorithm, generated.plaintext)
      const wrapped: EncryptedDataKey[] = [{ keyArn: first.arn, ciphertextBlob: generated.ciphertextBlob }]
      for (const cmk of others) wrapped.push(await this.#wrap(cmk, first, generated, encryptionContext, signal))
      return { dataKey: generated.plaintext, encryptedDataKeys: wrapped }
    } catch (error) {
      generated.plaintext.fill(0)
      throw error
    }
  }

  async decryptDataKey({
    algorithm,
    encryptionContext,
    encryptedDataKeys,
    signal,
  }: DataKeyRequest & { encryptedDataKeys: readonly EncryptedDataKey[] }): Promise<Uint8Array | null> {
    const failures: { keyArn: string; error: Error }[] = []
    for (const cmk of this.#cmks) {
      for (const { ciphertextBlob } of encryptedDataKeys.filter(({ keyArn }) => keyArn === cmk.arn)) {
        try {
          return await this.#unwrap(cmk, algorithm, ciphertextBlob, encryptionContext, signal)
        } catch (error) {
          signal?.throwIfAborted()
          if (!(error instanceof ServiceError || error instanceof KeyError)) throw error
          failures.push({ keyArn: cmk.arn, error })
        }
      }
    }
    const [only] = failures
    if (!only) return null
    if (failures.length === 1) throw only.error
    const reasons = failures.map(({ keyArn, error }) => `${keyArn}: ${error.message}`)
    throw new KeyError('DataKeyUnavailable', `no CMK opened the data key; ${reasons.join('; ')}`, failures)
  }

  /** The data key under one more CMK: inside KMS where both live in one region, else by giving it to the other region's KMS. */
  async #wrap(
    cmk: CmkArn,
    source: CmkArn,
    generated: { ciphertextBlob: Uint8Array; plaintext: Uint8Array },
    encryptionContext: EncryptionContext,
    signal: AbortSignal | undefined,
  ): Promise<EncryptedDataKey> {
    const { ciphertextBlob, plaintext } = generated
    const target = { region: cmk.region, keyId: cmk.arn, encryptionContext }
    const wrapped = await retrying(this.#retry, signal, () =>
      cmk.region === source.region
        ? this.#kms.reEncrypt({ ...target, ciphertextBlob, sourceEncryptionContext: encryptionContext }, { signal })
        : this.#kms.encrypt({ ...target, plaintext }, { signal }),
    )
    requireKeyId(cmk, wrapped.keyId)
    return { keyArn: cmk.arn, ciphertextBlob: wrapped.ciphertextBlob }
  }

  async #unwrap(
    cmk: CmkArn,
    algorithm: AlgorithmSuite,
    ciphertextBlob: Uint8Array,
    encryptionContext: EncryptionContext,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    const { plaintext, keyId } = await retrying(this.#retry, signal, () =>
      this.#kms.decrypt({ region: cmk.region, ciphertextBlob, encryptionContext }, { signal }),
    )
    try {
      requireKeyId(cmk, keyId)
      requireKeyLength(algorithm, plaintext)
      return plaintext
    } catch (error) {
      plaintext.fill(0)
      throw error
    }
  }
}

function requireCmkArn(arn: string): CmkArn {
  const cmk = parseCmkArn(arn)
  if (!cmk) throw new TypeError('not a CMK ARN of the form acs:kms:<region>:<account>:key/<key id>')
  return cmk
}

function dataKeyLength({ keySpec, keyLength }: AlgorithmSuite): DataKeyLength {
  return keySpec ? { keySpec } : { numberOfBytes: keyLength }
}

/** KMS Decrypt is not told which CMK to use: its answer must name the one that the message names. It answers with the id, or the ARN. */
function requireKeyId(cmk: CmkArn, answered: string): void {
  if (answered !== cmk.keyId && answered !== cmk.arn) {
    throw new KeyError('KeyIdMismatch', `KMS answered for another key than ${cmk.arn}`)
  }
}

function requireKeyLength(algorithm: AlgorithmSuite, plaintext: Uint8Array): void {
  if (plaintext.length !== algorithm.keyLength) {
    throw new ServiceError('BadAnswer', 'KMS answered with a data key of another length than the algorithm needs', {
      service: 'kms',
    })
  }
}
