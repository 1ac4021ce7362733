import { FormatError, KeyError, ServiceError } from '../errors.js'
import { requireAnsweredKey, requireCmkArn, type CmkArn } from '../keys/cmk-arn.js'
import { checkedSigningClient } from '../kms/checked-client.js'
import type { KmsCallOptions, KmsInstance, KmsKey } from '../kms/kms-client.js'
import type { AnsweredKeyVersion, KmsKeyVersion, KmsSigningClient } from '../kms/kms-signing-client.js'
import { createKmsClient } from '../kms/open-api-kms-client.js'
import { KMS_CLIENT_OPTIONS, type OpenApiKmsClientOptions } from '../kms/open-api-options.js'
import { assertOptions, type OptionNames } from '../options.js'
import { defaultRetryPolicy, retrying, type RetryPolicy } from '../retry/retry.js'
import { digestData } from './digest-data.js'
import { PublicKeyVerifier, requireDigest, requireSignature } from './public-key-verifier.js'
import { remember } from './remember.js'
import { signatureAlgorithm } from './signature-algorithms.js'
import {
  SIGNATURE_OPTIONS,
  type SignatureOptions,
  type SignatureVerifier,
  type SignedData,
  type Signer,
} from './signature-verifier.js'

/** Options of {@link KmsSigner}. */
export interface KmsSignerOptions extends OpenApiKmsClientOptions {
  /**
   * The version of the CMK that signs. Asymmetric CMKs have no primary version that KMS would choose. Default: the only
   * version there is, for which KMS is asked once (ListKeyVersions; KMS instances may not offer it).
   */
  readonly keyVersionId?: string | undefined
  /** The KMS instance to ask instead of the region's shared gateway. */
  readonly instance?: KmsInstance | undefined
  /** A KMS client to use instead of an OpenApiKmsClient; then the endpoint and credentials options have no effect. */
  readonly kms?: KmsSigningClient | undefined
  /** Default: five attempts with full jitter. */
  readonly retry?: RetryPolicy | undefined
}

const SIGNER_OPTIONS: OptionNames<KmsSignerOptions> = {
  ...KMS_CLIENT_OPTIONS,
  keyVersionId: true,
  instance: true,
  kms: true,
  retry: true,
}

/**
 * Signs and verifies with one version of an asymmetric CMK (key usage SIGN/VERIFY). The private key stays in KMS; data
 * is digested here, and KMS sees the digest. One instance may serve any number of concurrent calls.
 *
 * Its methods throw ServiceError for what KMS refuses; KeyError `KeyIdMismatch` when KMS answers for another key or
 * version; TypeError when the CMK has several versions and none was named, when data is not bytes, and for unknown
 * algorithms; RangeError for digests not of 32 bytes; what the stream or the signal fails with.
 */
export class KmsSigner implements Signer, SignatureVerifier {
  readonly #cmk: CmkArn
  readonly #key: KmsKey
  readonly #kms: KmsSigningClient
  readonly #retry: RetryPolicy
  readonly #keyVersionId: (signal: AbortSignal | undefined) => Promise<string>
  readonly #publicKey: (signal: AbortSignal | undefined) => Promise<PublicKeyVerifier>

  /**
   * @param cmkArn `acs:kms:<region>:<account>:key/<key id>`
   * @throws TypeError when the ARN or an option is not well-formed.
   */
  constructor(cmkArn: string, options: KmsSignerOptions = {}) {
    const cmk = requireCmkArn(cmkArn)
    assertOptions('a KmsSigner', options, SIGNER_OPTIONS)
    const { keyVersionId, instance, kms, retry } = options
    if (keyVersionId === '') throw new TypeError('the key version is empty')
    this.#cmk = cmk
    this.#key = { region: cmk.region, instance, keyId: cmk.arn }
    this.#kms = checkedSigningClient(kms ?? createKmsClient(options))
    this.#retry = retry ?? defaultRetryPolicy
    this.#keyVersionId = remember(async () => keyVersionId ?? (await this.#onlyKeyVersionId()))
    this.#publicKey = remember(() => this.#fetchPublicKey())
  }

  /** Signs data: RSA signatures are as long as the modulus, the others the DER encoding of r and s. */
  async sign(data: SignedData, options: SignatureOptions): Promise<Uint8Array> {
    assertOptions('sign', options, SIGNATURE_OPTIONS)
    return this.signDigest(await this.#digest(data, options), options)
  }

  async signDigest(digest: Uint8Array, options: SignatureOptions): Promise<Uint8Array> {
    assertOptions('signDigest', options, SIGNATURE_OPTIONS)
    const { algorithm, signal } = options
    signatureAlgorithm(algorithm)
    requireDigest(digest)
    const { signature } = await this.#ask(signal, (key, callOptions) =>
      this.#kms.asymmetricSign({ ...key, algorithm, digest }, callOptions),
    )
    return signature
  }

  /**
   * What KMS says of the signature. It may refuse a malformed one as `Rejected`, where {@link PublicKeyVerifier} would
   * answer false.
   */
  async verify(data: SignedData, signature: Uint8Array, options: SignatureOptions): Promise<boolean> {
    assertOptions('verify', options, SIGNATURE_OPTIONS)
    requireSignature(signature)
    return this.verifyDigest(await this.#digest(data, options), signature, options)
  }

  /** What KMS says of the signature; see {@link KmsSigner.verify}. */
  async verifyDigest(digest: Uint8Array, signature: Uint8Array, options: SignatureOptions): Promise<boolean> {
    assertOptions('verifyDigest', options, SIGNATURE_OPTIONS)
    const { algorithm, signal } = options
    signatureAlgorithm(algorithm)
    requireDigest(digest)
    requireSignature(signature)
    const { valid } = await this.#ask(signal, (key, callOptions) =>
      this.#kms.asymmetricVerify({ ...key, algorithm, digest, signature }, callOptions),
    )
    return valid
  }

  /** The public key, to verify with here. KMS is asked for it once. */
  async publicKey({ signal }: KmsCallOptions = {}): Promise<PublicKeyVerifier> {
    return this.#publicKey(signal)
  }

  /** The version of the CMK that signs: worth keeping with a signature. KMS is asked at most once. */
  async keyVersionId({ signal }: KmsCallOptions = {}): Promise<string> {
    return this.#keyVersionId(signal)
  }

  async #digest(data: SignedData, options: SignatureOptions): Promise<Uint8Array> {
    const { hash, keyedDigest } = signatureAlgorithm(options.algorithm)
    if (keyedDigest) return (await this.#publicKey(options.signal)).digest(data, options)
    return digestData(hash, undefined, data, options.signal)
  }

  async #fetchPublicKey(): Promise<PublicKeyVerifier> {
    const { publicKey } = await this.#ask(undefined, (key) => this.#kms.getPublicKey(key))
    try {
      return PublicKeyVerifier.fromPem(publicKey)
    } catch (error) {
      if (!(error instanceof FormatError) || error.code !== 'InvalidFormat') throw error
      throw new ServiceError('BadAnswer', 'KMS answered without a well-formed public key', { service: 'kms' })
    }
  }

  async #onlyKeyVersionId(): Promise<string> {
    const versions = await retrying(this.#retry, undefined, () => this.#kms.listKeyVersions(this.#key))
    const [only, ...others] = versions
    if (!only || others.length > 0) {
      throw new TypeError(`${this.#cmk.arn} has ${String(versions.length)} versions: name one with keyVersionId`)
    }
    requireAnsweredKey(this.#cmk, only.keyId)
    return only.keyVersionId
  }

  /** Asks KMS about the version that signs, with retries, and checks that the answer is about that version. */
  async #ask<Answer extends AnsweredKeyVersion>(
    signal: AbortSignal | undefined,
    ask: (key: KmsKeyVersion, options: KmsCallOptions) => Promise<Answer>,
  ): Promise<Answer> {
    const keyVersionId = await this.#keyVersionId(signal)
    const answer = await retrying(this.#retry, signal, () => ask({ ...this.#key, keyVersionId }, { signal }))
    requireAnsweredKey(this.#cmk, answer.keyId)
    if (answer.keyVersionId !== keyVersionId) {
      throw new KeyError('KeyIdMismatch', `KMS answered for another version of ${this.#cmk.arn}`)
    }
    return answer
  }
}
