import { encodeBase64, encodeBase64Bytes } from '../bytes/base64.js'
import { FormatError } from '../errors.js'
import type { EncryptionContext } from '../message/encryption-context.js'
import { bytesField, objectField, plaintextField, textField, type KmsAnswer } from './kms-answer.js'
import type { KmsCall } from './kms-call.js'
import type { KmsClient, KmsKeyDirectory, PlaintextKey, WrappedKey } from './kms-client.js'

/** The most characters of JSON that KMS takes as an encryption context. */
const MAX_CONTEXT_CHARACTERS = 8192

/** The operations on data keys, and on the CMKs that wrap them. */
export function dataKeyOperations(call: KmsCall): KmsClient & KmsKeyDirectory {
  return {
    async generateDataKey({ keyId, length, encryptionContext, ...place }, options) {
      const open = {
        KeyId: keyId,
        KeySpec: 'keySpec' in length ? length.keySpec : undefined,
        NumberOfBytes: 'numberOfBytes' in length ? String(length.numberOfBytes) : undefined,
        EncryptionContext: contextParameter(encryptionContext),
      }
      const answer = await call('GenerateDataKey', place, { open }, options)
      const key = plaintextKey(answer)
      try {
        return { ...wrappedKey(answer), ...key }
      } catch (error) {
        key.plaintext.fill(0)
        throw error
      }
    },

    async encrypt({ keyId, plaintext, encryptionContext, ...place }, options) {
      const open = { KeyId: keyId, EncryptionContext: contextParameter(encryptionContext) }
      const secret = { Plaintext: encodeBase64Bytes(plaintext) }
      return wrappedKey(await call('Encrypt', place, { open, secret }, options))
    },

    async decrypt({ ciphertextBlob, encryptionContext, ...place }, options) {
      const open = {
        CiphertextBlob: encodeBase64(ciphertextBlob),
        EncryptionContext: contextParameter(encryptionContext),
      }
      return plaintextKey(await call('Decrypt', place, { open }, options))
    },

    async reEncrypt({ keyId, ciphertextBlob, sourceEncryptionContext, encryptionContext, ...place }, options) {
      const open = {
        CiphertextBlob: encodeBase64(ciphertextBlob),
        SourceEncryptionContext: contextParameter(sourceEncryptionContext),
        DestinationKeyId: keyId,
        DestinationEncryptionContext: contextParameter(encryptionContext),
      }
      return wrappedKey(await call('ReEncrypt', place, { open }, options))
    },

    async describeKey({ keyId, ...place }, options) {
      const answer = await call('DescribeKey', place, { open: { KeyId: keyId } }, options)
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
  const plaintext = plaintextField(answer)
  try {
    return { plaintext, keyId: textField(answer, 'KeyId') }
  } catch (error) {
    plaintext.fill(0)
    throw error
  }
}
