import { encodeBase64, encodeBase64Bytes } from '../bytes/base64.js'
import { encodeKmsContext, type EncryptionContext } from '../message/encryption-context.js'
import {
  badAnswer,
  bytesField,
  objectField,
  plaintextField,
  secretTextField,
  textField,
  type KmsAnswer,
} from './kms-answer.js'
import type { KmsCall } from './kms-call.js'
import { INSTANCE_ID } from './kms-endpoint.js'
import type { KmsClient, KmsKeyDirectory, PlaintextKey, WrappedKey } from './kms-client.js'

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

    async decrypt({ ciphertextBlob, encryptionContext, plaintextIsText = false, ...place }, options) {
      const open = {
        CiphertextBlob: encodeBase64(ciphertextBlob),
        EncryptionContext: contextParameter(encryptionContext),
      }
      return plaintextKey(await call('Decrypt', place, { open }, options), plaintextIsText)
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
      const { DKMSInstanceId: instanceId = '' } = objectField(answer, 'KeyMetadata')
      if (instanceId === '' || instanceId === null) return { instanceId: undefined }
      if (typeof instanceId !== 'string' || !INSTANCE_ID.test(instanceId)) throw badAnswer('DKMSInstanceId')
      return { instanceId }
    },
  }
}

/** @throws FormatError `LimitExceeded` before KMS is asked what it would refuse: the context may be one that was read. */
function contextParameter(context: EncryptionContext): string | undefined {
  return Object.keys(context).length === 0 ? undefined : encodeKmsContext(context)
}

function wrappedKey(answer: KmsAnswer): WrappedKey {
  return { ciphertextBlob: bytesField(answer, 'CiphertextBlob'), keyId: textField(answer, 'KeyId') }
}

function plaintextKey(answer: KmsAnswer, isText = false): PlaintextKey {
  const plaintext = isText ? secretTextField(answer) : plaintextField(answer)
  try {
    return { plaintext, keyId: textField(answer, 'KeyId') }
  } catch (error) {
    plaintext.fill(0)
    throw error
  }
}
