import { decodeBase64, encodeBase64 } from '../bytes/base64.js'
import { compareBytes } from '../bytes/order.js'
import { KeyError, OsscryptError } from '../errors.js'
import { encodeHeader, type EncryptedDataKey } from '../message/header.js'
import type { AlgorithmSuite } from '../crypto/algorithm.js'
import type {
  DataKeyProvider,
  DataKeyRequest,
  DecryptDataKeyRequest,
  EncryptionMaterials,
  ReadMessage,
  UnwrappedDataKey,
} from '../keys/data-key-provider.js'
import type { DataKeyRewrapper } from '../keys/data-key-rewrapper.js'
import { BrokerConnection, type BrokerOptions } from './broker-connection.js'
import type { DataKeyAnswer } from './broker-messages.js'
import { createPageKey, transcriptOf, unwrapInPage } from './key-wrapping.js'

/** What is asked, beside the public key of the page. */
type Asked =
  | { readonly kind: 'generate'; readonly encryptionContext: Readonly<Record<string, string>> }
  | { readonly kind: 'decrypt' | 'rewrap'; readonly message: ReadMessage | undefined }

/**
 * Data keys from a broker (`osscrypt/broker`) on the application's own backend, which asks KMS: a page has no credentials. Each key comes encrypted
 * to a key pair that is made for the question, so that nothing between the broker and the page sees it. Which CMKs there are, the broker decides.
 *
 * The broker opens the data key of a message that it is shown the header of, which the object's client does.
 */
export class BrokerDataKeyProvider implements DataKeyProvider, DataKeyRewrapper {
  readonly #connection: BrokerConnection

  constructor(broker: BrokerOptions) {
    this.#connection = new BrokerConnection('a BrokerDataKeyProvider', broker, 'kms')
  }

  async generateDataKey(request: DataKeyRequest): Promise<EncryptionMaterials> {
    const { algorithm, encryptionContext, messageContext, signal } = request
    return this.#ask({ kind: 'generate', encryptionContext: messageContext ?? encryptionContext }, algorithm, signal)
  }

  async decryptDataKey(request: DecryptDataKeyRequest): Promise<Uint8Array | null> {
    return (await this.unwrapDataKey(request))?.dataKey ?? null
  }

  async unwrapDataKey(request: DecryptDataKeyRequest): Promise<UnwrappedDataKey | null> {
    const { algorithm, message, signal } = request
    const { dataKey, encryptedDataKeys } = await this.#ask({ kind: 'decrypt', message }, algorithm, signal)
    const [opened, ...others] = encryptedDataKeys
    const own = opened && request.encryptedDataKeys.find((each) => isSameKey(each, opened))
    if (own && others.length === 0) return { dataKey, encryptedDataKey: own }
    dataKey.fill(0)
    throw invalid()
  }

  /**
   * Has the broker wrap the data key of a message under the CMKs that it uses. The data key does not leave the page: the broker opens the message's
   * own, and answers with it, so that its wrapped keys are known to be of that key.
   */
  async wrapDataKey(
    request: DataKeyRequest & { readonly dataKey: Uint8Array; readonly message?: ReadMessage | undefined },
  ): Promise<readonly EncryptedDataKey[]> {
    const { algorithm, message, signal } = request
    const { dataKey, encryptedDataKeys } = await this.#ask({ kind: 'rewrap', message }, algorithm, signal)
    const isSame = compareBytes(dataKey, request.dataKey) === 0
    dataKey.fill(0)
    if (!isSame) throw invalid()
    return encryptedDataKeys
  }

  /** A broker wraps no key that it has not opened: what it belongs to is shown by that. */
  rewrapDataKey(): Promise<null> {
    return Promise.resolve(null)
  }

  async #ask(
    asked: Asked,
    algorithm: AlgorithmSuite,
    signal: AbortSignal | undefined,
  ): Promise<EncryptionMaterials & { readonly dataKey: Uint8Array<ArrayBuffer> }> {
    const pageKey = await createPageKey()
    const fields = { publicKey: encodeBase64(pageKey.publicKey), ...wireOf(asked, algorithm) }
    const { question, answer } = await this.#connection.ask(fields, signal)
    let dataKey: Uint8Array<ArrayBuffer>
    let encryptedDataKeys: EncryptedDataKey[]
    try {
      const { publicKey, ciphertext, encryptedDataKeys: wrapped } = answer as DataKeyAnswer
      encryptedDataKeys = wrapped.map(({ keyArn, ciphertextBlob }) => ({
        keyArn,
        ciphertextBlob: decodeBase64(ciphertextBlob),
      }))
      const sent = {
        publicKey: new Uint8Array(decodeBase64(publicKey)),
        ciphertext: new Uint8Array(decodeBase64(ciphertext)),
      }
      dataKey = await unwrapInPage(sent, pageKey, await transcriptOf(question, encryptedDataKeys))
    } catch {
      throw invalid()
    }
    if (dataKey.length === algorithm.keyLength) return { dataKey, encryptedDataKeys }
    dataKey.fill(0)
    throw invalid()
  }
}

function wireOf(asked: Asked, { name }: AlgorithmSuite) {
  if (asked.kind === 'generate') return { ...asked, algorithm: name }
  const { kind, message } = asked
  if (!message) throw new OsscryptError('NotAllowed', 'a broker opens a data key for who shows the message’s header')
  const { header, floeHeader } = message
  return {
    kind,
    header: encodeBase64(encodeHeader(header)),
    ...(floeHeader && { floeHeader: encodeBase64(floeHeader) }),
  }
}

function isSameKey(one: EncryptedDataKey, other: EncryptedDataKey): boolean {
  return one.keyArn === other.keyArn && compareBytes(one.ciphertextBlob, other.ciphertextBlob) === 0
}

function invalid(): KeyError {
  return new KeyError('InvalidDataKey', 'the broker gave no data key that belongs to the question')
}
