import { encodeBase64 } from '../bytes/base64.js'
import { FormatError } from '../errors.js'
import type { EncryptionContext } from '../message/encryption-context.js'
import { bytesField, objectField, textField, type KmsAnswer } from './kms-answer.js'
import type { KmsCall } from './kms-call.js'
import type { KmsClient, KmsKeyDirectory, PlaintextKey, WrappedKey } from './kms-client.js'

/** The most characters of JSON that KMS takes as an encryption context. */
const MAX_CONTEXT_CHARACTERS = 8192

/** The operations on data keys, and on the CMKs that wrap them. */
export function dataKeyOperations(call: KmsCall): KmsClient & KmsKeyDirectory {
  return {
    async generateDataKey({ keyId, length, encryptionContext, ...place }, options) {
      const parameters = {
        KeyId: keyId,
        KeySpec: 'keySpec' in length ? length.keySpec : undefined,
        NumberOfBytes: 'numberOfBytes' in length ? String(length.numberOfBytes) : undefined,
        EncryptionContext: contextParameter(encryptionContext),
      }
      const answer = await call('GenerateDataKey', place, parameters, options)
      return { ...wrappedKey(answer), ...plaintextKey(answer) }
    },

    async encrypt({ keyId, plaintext, encryptionContext, ...place }, options) {
      const parameters = {
        KeyId: keyId,
        Plaintext: encodeBase64(plaintext),
        EncryptionContext: contextParameter(encryptionContext),
      }
      return wrappedKey(await call('Encrypt', place, parameters, options))
    },

    async decrypt({ ciphertextBlob, encryptionContext, ...place }, options) {
      const parameters = {
        CiphertextBlob: encodeBase64(ciphertextBlob),
        EncryptionContext: contextParameter(encryptionContext),
      }
      return plaintextKey(await call('Decrypt', place, parameters, options))
    },

    async reEncrypt({ keyId, ciphertextBlob, sourceEncryptionContext, encryptionContext, ...place }, options) {
      const parameters = {
        CiphertextBlob: encodeBase64(ciphertextBlob),
        SourceEncryptionContext: contextParameter(sourceEncryptionContext),
        DestinationKeyId: keyId,
        DestinationEncryptionContext: contextParameter(encryptionContext),
      }
      return wrappedKey(await call('ReEncrypt', place, parameters, options))
    },

    async describeKey({ keyId, ...place }, options) {
      const answer = await call('DescribeKey', place, { KeyId: keyId }, options)
      const { DKMSInstanceId: instanceId } = objectField(answer, 'KeyMetadata')
      return { instanceId: typeof instanceId === 'string' && instanceId !== '' ? instanceId : undefined }
    },
  }
}

/** @throws FormatError `LimitExceeded` before KMS is asked what it would refuse: the context may be one that was read. */
function contextParameter(context: EncryptionContext): string | undefined {
  if (Object.keys(context).length === 0) return undefined
  const json = JSON.stringify(context)
  if (json.length > MAX_CONTEXT_CHARACTERS) {
    const limit = `KMS takes an encryption context of at most ${String(MAX_CONTEXT_CHARACTERS)} characters of JSON`
    throw new FormatError(limit, 'LimitExceeded')
  }
  return json
}

function wrappedKey(answer: KmsAnswer): WrappedKey {
  return { ciphertextBlob: bytesField(answer, 'CiphertextBlob'), keyId: textField(answer, 'KeyId') }
}

function plaintextKey(answer: KmsAnswer): PlaintextKey {
  return { plaintext: bytesField(answer, 'Plaintext'), keyId: textField(answer, 'KeyId') }
}
