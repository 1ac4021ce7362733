import { engine } from '#crypto-engine'
import {
  toPair,
  toTransform,
  type EncryptionTransform,
  type EncryptionTransformPair,
  type Transform,
} from '#encryption-transform'
import { assertPlaintextLength, ciphertextLength } from '../crypto/algorithm.js'
import { assertConcurrency } from '../crypto/map-in-order.js'
import { decryptBody, encryptBody } from '../crypto/whole-body.js'
import { chooseAlgorithm, openEnvelope, type DecryptOptions, type EncryptOptions } from '../keys/envelope.js'
import { describeHeader, type EncryptionInfo } from '../keys/verified-header.js'
import { encodeContext } from '../message/encryption-context.js'
import { decodeBody, decodeMessage, frameMessage } from '../message/message.js'
import { assertOptions, type OptionNames } from '../options.js'
import type { SignatureOptions, SignatureVerifier, SignedData, Signer } from '../signature/signature-verifier.js'
import { decryptPieces, type DecryptStreamOptions } from './decrypt-stream.js'
import { encryptPieces } from './encrypt-stream.js'
import { isStored, loadEnvelope, provideEnvelope, type EnvelopeProvider } from '../keys/envelope-provider.js'

/** What {@link EncryptionSdk} works with. */
export interface EncryptionSdkOptions {
  /** Where data keys come from; with one that stores the header elsewhere (Secrets Manager), messages carry their body only. */
  readonly dataKeys: EnvelopeProvider
  /** What {@link EncryptionSdk.sign} signs with: a KmsSigner as a rule. */
  readonly signer?: Signer | undefined
  /** What {@link EncryptionSdk.verify} checks with: a KmsSigner, or a PublicKeyVerifier that needs no KMS. */
  readonly verifier?: SignatureVerifier | undefined
  /**
   * How many pieces of a message (1 MiB, of a stream 512 KiB) are encrypted or decrypted at a time, on as many threads as libuv has (UV_THREADPOOL_SIZE, 4 by default).
   * Default 4.
   */
  readonly concurrency?: number | undefined
}

const SDK_OPTIONS: OptionNames<EncryptionSdkOptions> = {
  dataKeys: true,
  signer: true,
  verifier: true,
  concurrency: true,
}

const ENCRYPT_OPTIONS: OptionNames<EncryptOptions> = {
  algorithm: true,
  encryptionContext: true,
  allowUnauthenticatedAlgorithms: true,
  signal: true,
}

const DECRYPT_OPTIONS: OptionNames<DecryptOptions> = {
  requiredContext: true,
  allowUnauthenticatedAlgorithms: true,
  maxEncryptedDataKeys: true,
  signal: true,
}

const DECRYPT_STREAM_OPTIONS: OptionNames<DecryptStreamOptions> = {
  ...DECRYPT_OPTIONS,
  memoryLimit: true,
  temporaryFolder: true,
  allowUnverifiedStream: true,
}

/**
 * Encrypts and decrypts data without OSS, in the messages of the vendor's Encryption SDK. One instance may serve any number of concurrent
 * calls. The caller's buffers and options are only read. Where there is no Node, streams are web streams only.
 *
 * Every method rejects (every stream fails) with: ServiceError, KeyError, `TypeError` or `RangeError` for misuse, OsscryptError (`NotAllowed`,
 * `LimitExceeded`, `ContextMismatch`), the signal's reason when it is aborted; those that decrypt with FormatError, before KMS is asked, and
 * IntegrityError.
 */
export class EncryptionSdk {
  readonly #dataKeys: EnvelopeProvider

  readonly #signer: Signer | undefined
  readonly #verifier: SignatureVerifier | undefined

  readonly #concurrency: number | undefined

  constructor(options: EncryptionSdkOptions) {
    assertOptions('an EncryptionSdk', options, SDK_OPTIONS)
    const { dataKeys, signer, verifier, concurrency } = options
    this.#concurrency = assertConcurrency(concurrency)
    if (typeof dataKeys !== 'object') throw new TypeError('an EncryptionSdk needs `dataKeys`')
    this.#dataKeys = dataKeys
    this.#signer = signer
    this.#verifier = verifier
  }

  /** Encrypts bytes as one message (form 1, ASN.1 DER). */
  async encrypt(
    plaintext: Uint8Array,
    options: EncryptOptions = {},
  ): Promise<{ readonly message: Uint8Array; readonly encryption: EncryptionInfo }> {
    assertOptions('encrypt', options, ENCRYPT_OPTIONS)
    const algorithm = chooseAlgorithm(options)
    assertBytes(plaintext, 'plaintext')
    const { length } = plaintext
    assertPlaintextLength(algorithm, length)
    const { encryptionContext = {}, signal } = options
    const request = { algorithm, encryptionContext, plaintextLength: length, signal }
    const { header, dataKey } = await provideEnvelope(this.#dataKeys, request)
    try {
      const { bytes, body } = frameMessage(isStored(this.#dataKeys) ? undefined : header, {
        iv: algorithm.ivLength,
        ciphertext: ciphertextLength(algorithm, length),
        authTag: algorithm.tagLength,
      })
      const aad = encodeContext(header.encryptionContext)
      const { iv, authTag } = await encryptBody(
        engine,
        algorithm,
        dataKey,
        aad,
        plaintext,
        body.ciphertext,
        this.#concurrency,
      )
      body.iv.set(iv)
      body.authTag.set(authTag)
      return { message: bytes, encryption: describeHeader(header) }
    } finally {
      dataKey.fill(0)
    }
  }

  /**
   * Decrypts a message (form 1). The plaintext and everything said of the header are verified, but for the plaintext of an algorithm that was
   * allowed with `allowUnauthenticatedAlgorithms`.
   */
  async decrypt(
    message: Uint8Array,
    options: DecryptOptions = {},
  ): Promise<{ readonly plaintext: Uint8Array; readonly encryption: EncryptionInfo }> {
    assertOptions('decrypt', options, DECRYPT_OPTIONS)
    assertBytes(message, 'message')
    const { header, body, dataKey } = await this.#openMessage(message, options)
    try {
      const aad = encodeContext(header.encryptionContext)
      const plaintext = await decryptBody(engine, header.algorithm, dataKey, aad, body, this.#concurrency)
      return { plaintext, encryption: describeHeader(header) }
    } finally {
      dataKey.fill(0)
    }
  }

  /**
   * A transform from plaintext to a stream message (form 2), of any length in constant memory. It takes some pieces of 512 KiB before the first ciphertext comes,
   * unless it ends before.
   */
  encryptStream(options: EncryptOptions = {}): EncryptionTransform {
    return toTransform(this.#encrypting('encryptStream', options), options.signal)
  }

  /**
   * A transform from a stream message (form 2) to its plaintext, in constant memory. Under an algorithm with a tag nothing is handed out
   * before all of the message has come and been checked, unless `allowUnverifiedStream` is set.
   */
  decryptStream(options: DecryptStreamOptions = {}): EncryptionTransform {
    return toTransform(this.#decrypting('decryptStream', options), options.signal)
  }

  /** {@link encryptStream} as web streams. */
  encryptWebStream(options: EncryptOptions = {}): EncryptionTransformPair {
    return toPair(this.#encrypting('encryptWebStream', options), options.signal)
  }

  /** {@link decryptStream} as web streams. */
  decryptWebStream(options: DecryptStreamOptions = {}): EncryptionTransformPair {
    return toPair(this.#decrypting('decryptWebStream', options), options.signal)
  }

  /** Signs data, of which only the digest leaves this process. */
  async sign(data: SignedData, options: SignatureOptions): Promise<Uint8Array> {
    if (!this.#signer) throw new TypeError('signing needs a `signer`')
    return this.#signer.sign(data, options)
  }

  /** Whether `signature` is one of the data. */
  async verify(data: SignedData, signature: Uint8Array, options: SignatureOptions): Promise<boolean> {
    if (!this.#verifier) throw new TypeError('verifying needs a `verifier`')
    return this.#verifier.verify(data, signature, options)
  }

  #encrypting(call: string, options: EncryptOptions): Transform {
    assertOptions(call, options, ENCRYPT_OPTIONS)
    return (plaintext, signal, onHeader) =>
      encryptPieces(this.#dataKeys, plaintext, { ...options, ...this.#stream(signal) }, onHeader)
  }

  #decrypting(call: string, options: DecryptStreamOptions): Transform {
    assertOptions(call, options, DECRYPT_STREAM_OPTIONS)
    return (message, signal, onHeader) =>
      decryptPieces(this.#dataKeys, message, { ...options, ...this.#stream(signal) }, onHeader)
  }

  #stream(signal: AbortSignal) {
    return { signal, concurrency: this.#concurrency }
  }

  async #openMessage(message: Uint8Array, options: DecryptOptions) {
    const provider = this.#dataKeys
    if (isStored(provider)) {
      const { header, dataKey } = await loadEnvelope(provider, options)
      try {
        return { header, dataKey, body: decodeBody(message, header.algorithm) }
      } catch (error) {
        dataKey.fill(0)
        throw error
      }
    }
    const { header, body } = decodeMessage(message, options)
    return { ...(await openEnvelope(provider, header, options)), body }
  }
}

function assertBytes(value: unknown, what: string): void {
  if (!(value instanceof Uint8Array)) throw new TypeError(`the ${what} has to be bytes: a Uint8Array`)
}
