import { encodeBase64 } from '../bytes/base64.js'
import type { EncryptionContext } from '../message/encryption-context.js'
import { bytesField, textField, type KmsAnswer } from './kms-answer.js'
import type { KmsCall } from './kms-call.js'
import type { KmsClient, PlaintextKey, WrappedKey } from './kms-client.js'

/** The most characters of JSON that KMS takes as an encryption context. */
const MAX_CONTEXT_CHARACTERS = 8192

/** The operations on data keys. */
export function dataKeyOperations(call: KmsCall): KmsClient {
  return {
    async generateDataKey({ region, keyId, length, encryptionContext }, options) {
      const parameters = {
        KeyId: keyId,
        KeySpec: 'keySpec' in length ? length.keySpec : undefined,
        NumberOfBytes: 'numberOfBytes' in length ? String(length.numberOfBytes) : undefined,
        EncryptionContext: contextParameter(encryptionContext),
      }
      const answer = await call('GenerateDataKey', region, parameters, options)
      return { ...wrappedKey(answer), ...plaintextKey(answer) }
    },

    async encrypt({ region, keyId, plaintext, encryptionContext }, options) {
      const parameters = {
        KeyId: keyId,
        Plaintext: encodeBase64(plaintext),
        EncryptionContext: contextParameter(encryptionContext),
      }
      return wrappedKey(await call('Encrypt', region, parameters, options))
    },

    async decrypt({ region, ciphertextBlob, encryptionContext }, options) {
      const parameters = {
        CiphertextBlob: encodeBase64(ciphertextBlob),
        EncryptionContext: contextParameter(encryptionContext),
      }
      return plaintextKey(await call('Decrypt', region, parameters, options))
    },

    async reEncrypt({ region, keyId, ciphertextBlob, sourceEncryptionContext, encryptionContext }, options) {
      const parameters = {
        CiphertextBlob: encodeBase64(ciphertextBlob),
        SourceEncryptionContext: contextParameter(sourceEncryptionContext),
        DestinationKeyId: keyId,
        DestinationEncryptionContext: contextParameter(encryptionContext),
      }
      return wrappedKey(await call('ReEncrypt', region, parameters, options))
    },
  }
}

/** @throws RangeError before KMS is asked what it would refuse. */
function contextParameter(context: EncryptionContext): string | undefined {
  if (Object.keys(context).length === 0) return undefined
  const json = JSON.stringify(context)
  if (json.length > MAX_CONTEXT_CHARACTERS) {
    throw new RangeError(
      `KMS takes an encryption context of at most ${String(MAX_CONTEXT_CHARACTERS)} characters of JSON`,
    )
  }
  return json
}

function wrappedKey(answer: KmsAnswer): WrappedKey {
  return { ciphertextBlob: bytesField(answer, 'CiphertextBlob'), keyId: textField(answer, 'KeyId') }
}

function plaintextKey(answer: KmsAnswer): PlaintextKey {
  return { plaintext: bytesField(answer, 'Plaintext'), keyId: textField(answer, 'KeyId') }
}
