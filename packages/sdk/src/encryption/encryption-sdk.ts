import { engine } from '#crypto-engine'
import type { DataKeyProvider } from '../keys/data-key-provider.js'
import {
  chooseAlgorithm,
  createEnvelope,
  describeHeader,
  openEnvelope,
  type DecryptOptions,
  type EncryptionInfo,
  type EncryptOptions,
} from '../keys/envelope.js'
import { encodeContext } from '../message/encryption-context.js'
import { decodeMessage, encodeMessage } from '../message/message.js'

/** What {@link EncryptionSdk} works with. */
export interface EncryptionSdkOptions {
  readonly dataKeys: DataKeyProvider
}

/**
 * Encrypts and decrypts data without OSS, in the messages of the vendor's Encryption SDK. One instance may serve any number of concurrent
 * calls. The caller's buffers and options are only read.
 */
export class EncryptionSdk {
  readonly #dataKeys: DataKeyProvider

  constructor({ dataKeys }: EncryptionSdkOptions) {
    this.#dataKeys = dataKeys
  }

  /**
   * Encrypts bytes as one message (form 1, ASN.1 DER), under a data key of its own.
   *
   * @throws RangeError when the plaintext is longer than the algorithm takes; OsscryptError, KeyError, ServiceError.
   */
  async encrypt(
    plaintext: Uint8Array,
    options: EncryptOptions = {},
  ): Promise<{ readonly message: Uint8Array; readonly encryption: EncryptionInfo }> {
    const algorithm = chooseAlgorithm(options)
    const { encryptionContext = {}, signal } = options
    const { header, dataKey } = await createEnvelope(this.#dataKeys, algorithm, encryptionContext, signal)
    try {
      const body = await engine.encrypt(algorithm, dataKey, encodeContext(header.encryptionContext), plaintext)
      return { message: encodeMessage({ header, body }), encryption: describeHeader(header) }
    } finally {
      dataKey.fill(0)
    }
  }

  /**
   * Decrypts a message (form 1). The plaintext and everything said of the header are verified, but for the plaintext of an algorithm that
   * was allowed with `allowUnauthenticatedAlgorithms`.
   *
   * @throws FormatError, before KMS is asked; IntegrityError; OsscryptError `ContextMismatch`, `NotAllowed`; KeyError; ServiceError.
   */
  async decrypt(
    message: Uint8Array,
    options: DecryptOptions = {},
  ): Promise<{ readonly plaintext: Uint8Array; readonly encryption: EncryptionInfo }> {
    const { header, body } = decodeMessage(message, options)
    const dataKey = await openEnvelope(this.#dataKeys, header, options)
    try {
      const plaintext = await engine.decrypt(header.algorithm, dataKey, encodeContext(header.encryptionContext), body)
      return { plaintext, encryption: describeHeader(header) }
    } finally {
      dataKey.fill(0)
    }
  }
}
