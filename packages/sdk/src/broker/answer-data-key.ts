import { decodeBase64, encodeBase64 } from '../bytes/base64.js'
import { copySecret } from '../bytes/secret-bytes.js'
import { algorithmByName } from '../crypto/algorithm.js'
import { callerContext } from '../format/binding.js'
import type { DataKeyProvider } from '../keys/data-key-provider.js'
import type { EncryptionContext } from '../message/encryption-context.js'
import type { EncryptedDataKey } from '../message/header.js'
import { limits } from '../message/limits.js'
import { BrokerRefusal } from './broker-refusal.js'
import { transcriptOf, type DataKeyAnswer, type DataKeyQuestion } from './broker-messages.js'
import { wrapToPage } from './key-wrapping.js'

interface GivenKey {
  readonly dataKey: Uint8Array
  readonly encryptedDataKeys: readonly EncryptedDataKey[]
}

/**
 * A new data key, or that of an object, encrypted to the page that asks.
 *
 * @param granted What the context has to be, but for the binding.
 */
export async function answerDataKey(
  question: DataKeyQuestion,
  granted: EncryptionContext,
  provider: DataKeyProvider,
  signal: AbortSignal,
): Promise<DataKeyAnswer> {
  assertGranted(question.encryptionContext, granted)
  const pagePublicKey = new Uint8Array(decodeBase64(question.publicKey))
  const { dataKey, encryptedDataKeys } = await giveKey(question, provider, signal)
  try {
    const wire = encryptedDataKeys.map(({ keyArn, ciphertextBlob }) => ({
      keyArn,
      ciphertextBlob: encodeBase64(ciphertextBlob),
    }))
    const own = copySecret(dataKey)
    try {
      const { publicKey, ciphertext } = await wrapToPage(own, pagePublicKey, transcriptOf(question, wire))
      return { encryptedDataKeys: wire, publicKey: encodeBase64(publicKey), ciphertext: encodeBase64(ciphertext) }
    } finally {
      own.fill(0)
    }
  } finally {
    dataKey.fill(0)
  }
}

async function giveKey(question: DataKeyQuestion, provider: DataKeyProvider, signal: AbortSignal): Promise<GivenKey> {
  const { encryptionContext, encryptedDataKeys } = question
  const algorithm = algorithmByName(question.algorithm)
  if (!encryptedDataKeys) return provider.generateDataKey({ algorithm, encryptionContext, signal })
  if (encryptedDataKeys.length > limits.encryptedDataKeys) throw new BrokerRefusal(400)
  const wrapped = encryptedDataKeys.map(({ keyArn, ciphertextBlob }) => ({
    keyArn,
    ciphertextBlob: decodeBase64(ciphertextBlob),
  }))
  const request = { algorithm, encryptionContext, encryptedDataKeys: wrapped, signal }
  const opened = await provider.unwrapDataKey?.(request)
  if (!opened) throw new BrokerRefusal(403)
  return { dataKey: opened.dataKey, encryptedDataKeys: [opened.encryptedDataKey] }
}

/** The caller's part of the context is the grant's: nothing is left out, nothing added. The library's own entries are not the application's. */
function assertGranted(context: EncryptionContext, granted: EncryptionContext): void {
  const own = callerContext(context)
  const names = Object.keys(granted)
  const same = names.every((name) => Object.hasOwn(own, name) && own[name] === granted[name])
  if (!same || Object.keys(own).length !== names.length) throw new BrokerRefusal(403)
}
