import { decodeBase64, encodeBase64 } from '../bytes/base64.js'
import { KeyError } from '../errors.js'
import type { EncryptedDataKey } from '../message/header.js'
import type {
  DataKeyProvider,
  DataKeyRequest,
  DecryptDataKeyRequest,
  EncryptionMaterials,
  UnwrappedDataKey,
} from '../keys/data-key-provider.js'
import { askBroker, stamp, type BrokerOptions } from './broker-connection.js'
import { transcriptOf, type DataKeyAnswer, type DataKeyQuestion, type WireDataKey } from './broker-messages.js'
import { createPageKey, unwrapInPage } from './key-wrapping.js'

/**
 * Data keys from a broker (`osscrypt/broker`) on the application's own backend, which asks KMS: a page has no credentials. Each key comes encrypted
 * to a key pair that is made for the question, so that nothing between the broker and the page sees it.
 */
export class BrokerDataKeyProvider implements DataKeyProvider {
  readonly #broker: BrokerOptions

  constructor(broker: BrokerOptions) {
    if (typeof broker.url !== 'string') throw new TypeError('a BrokerDataKeyProvider needs the `url` of the broker')
    this.#broker = broker
  }

  async generateDataKey(request: DataKeyRequest): Promise<EncryptionMaterials> {
    return this.#ask(request, undefined)
  }

  async decryptDataKey(request: DecryptDataKeyRequest): Promise<Uint8Array | null> {
    return (await this.unwrapDataKey(request))?.dataKey ?? null
  }

  async unwrapDataKey(request: DecryptDataKeyRequest): Promise<UnwrappedDataKey | null> {
    const { dataKey, encryptedDataKeys } = await this.#ask(request, request.encryptedDataKeys.map(toWire))
    const [opened, ...others] = encryptedDataKeys
    const own = request.encryptedDataKeys.find(
      (key) => opened && JSON.stringify(toWire(key)) === JSON.stringify(toWire(opened)),
    )
    if (own && others.length === 0) return { dataKey, encryptedDataKey: own }
    dataKey.fill(0)
    throw invalid()
  }

  async #ask(
    { algorithm, encryptionContext, signal }: DataKeyRequest,
    wrapped: readonly WireDataKey[] | undefined,
  ): Promise<EncryptionMaterials> {
    const pageKey = await createPageKey()
    const question: DataKeyQuestion = stamp({
      kind: 'dataKey',
      publicKey: encodeBase64(pageKey.publicKey),
      algorithm: algorithm.name,
      encryptionContext,
      encryptedDataKeys: wrapped,
    } as const)
    const answer = (await askBroker(this.#broker, 'kms', question, signal)) as DataKeyAnswer
    let dataKey: Uint8Array<ArrayBuffer>
    let encryptedDataKeys: EncryptedDataKey[]
    try {
      encryptedDataKeys = answer.encryptedDataKeys.map(({ keyArn, ciphertextBlob }) => ({
        keyArn,
        ciphertextBlob: decodeBase64(ciphertextBlob),
      }))
      const sent = {
        publicKey: new Uint8Array(decodeBase64(answer.publicKey)),
        ciphertext: new Uint8Array(decodeBase64(answer.ciphertext)),
      }
      dataKey = await unwrapInPage(sent, pageKey, transcriptOf(question, answer.encryptedDataKeys))
    } catch {
      throw invalid()
    }
    if (dataKey.length === algorithm.keyLength) return { dataKey, encryptedDataKeys }
    dataKey.fill(0)
    throw invalid()
  }
}

function toWire({ keyArn, ciphertextBlob }: EncryptedDataKey): WireDataKey {
  return { keyArn, ciphertextBlob: encodeBase64(ciphertextBlob) }
}

function invalid(): KeyError {
  return new KeyError('InvalidDataKey', 'the broker gave no data key that belongs to the question')
}
