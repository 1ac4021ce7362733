import { encodeBase64 } from '../bytes/base64.js'
import { copySecret } from '../bytes/secret-bytes.js'
import { keyContext, openEnvelope } from '../keys/envelope.js'
import { checkEncryptedDataKeys, checkMaterials } from '../keys/check-provided.js'
import type { DataKeyProvider } from '../keys/data-key-provider.js'
import type { DataKeyRewrapper } from '../keys/data-key-rewrapper.js'
import type { EncryptedDataKey } from '../message/header.js'
import type { DataKeyAnswer } from './broker-messages.js'
import { BrokerRefusal } from './broker-refusal.js'
import { transcriptOf, wrapToPage } from './key-wrapping.js'
import type { AskedKey } from './key-question.js'

interface GivenKey {
  readonly dataKey: Uint8Array
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
}

/**
 * A new data key, or that of a message, encrypted to the page that asks. A message's header is verified first: what it says, the name that it is bound
 * to included, is what the holder of the data key wrote.
 *
 * @param question The bytes of the question, which the answer is bound to.
 */
export async function answerDataKey(
  asked: AskedKey,
  question: Uint8Array,
  provider: DataKeyProvider & Partial<DataKeyRewrapper>,
  signal: AbortSignal,
): Promise<DataKeyAnswer> {
  const { dataKey, encryptedDataKeys } = await giveKey(asked, provider, signal)
  const own = copySecret(dataKey)
  dataKey.fill(0)
  try {
    const transcript = await transcriptOf(question, encryptedDataKeys)
    const { publicKey, ciphertext } = await wrapToPage(own, asked.pageKey, transcript)
    return {
      encryptedDataKeys: encryptedDataKeys.map(({ keyArn, ciphertextBlob }) => ({
        keyArn,
        ciphertextBlob: encodeBase64(ciphertextBlob),
      })),
      publicKey: encodeBase64(publicKey),
      ciphertext: encodeBase64(ciphertext),
    }
  } finally {
    own.fill(0)
  }
}

async function giveKey(
  asked: AskedKey,
  provider: DataKeyProvider & Partial<DataKeyRewrapper>,
  signal: AbortSignal,
): Promise<GivenKey> {
  const { encryptionContext: messageContext } = asked
  if (!asked.header) {
    const { algorithm } = asked
    const encryptionContext = keyContext(algorithm, messageContext)
    return checkMaterials(
      algorithm,
      await provider.generateDataKey({ algorithm, encryptionContext, messageContext, signal }),
    )
  }
  const { header, floeHeader, rewrap } = asked
  const { algorithm } = header
  const options = { allowUnauthenticatedAlgorithms: true, signal }
  const readPreface = () => Promise.resolve(floeHeader ?? new Uint8Array(0))
  const { dataKey, encryptedDataKey } = await openEnvelope(provider, header, options, readPreface)
  if (!rewrap) return { dataKey, encryptedDataKeys: [encryptedDataKey] }
  try {
    if (!provider.wrapDataKey) throw new BrokerRefusal('key')
    const encryptionContext = keyContext(algorithm, messageContext)
    const wrapped = await provider.wrapDataKey({ algorithm, encryptionContext, dataKey, signal })
    return { dataKey, encryptedDataKeys: checkEncryptedDataKeys(wrapped) }
  } catch (error) {
    dataKey.fill(0)
    throw error
  }
}
