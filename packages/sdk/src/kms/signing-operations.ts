import { encodeBase64 } from '../bytes/base64.js'
import { booleanField, bytesField, objectField, objectsField, textField, type KmsAnswer } from './kms-answer.js'
import type { KmsCall } from './kms-call.js'
import type { AnsweredKeyVersion, DigestToSign, KmsKeyVersion, KmsSigningClient } from './kms-signing-client.js'

/** The operations on asymmetric CMKs that sign. */
export function signingOperations(call: KmsCall): KmsSigningClient {
  return {
    async asymmetricSign(request, options) {
      const answer = await call('AsymmetricSign', request, digestParameters(request), options)
      return { ...answeredKeyVersion(answer), signature: bytesField(answer, 'Value') }
    },

    async asymmetricVerify(request, options) {
      const parameters = { ...digestParameters(request), Value: encodeBase64(request.signature) }
      const answer = await call('AsymmetricVerify', request, parameters, options)
      return { ...answeredKeyVersion(answer), valid: booleanField(answer, 'Value') }
    },

    async getPublicKey({ keyId, keyVersionId, ...place }, options) {
      const answer = await call('GetPublicKey', place, { KeyId: keyId, KeyVersionId: keyVersionId }, options)
      return { ...answeredKeyVersion(answer), publicKey: textField(answer, 'PublicKey') }
    },

    async listKeyVersions({ keyId, ...place }, options) {
      const parameters = { KeyId: keyId, PageNumber: '1', PageSize: '100' }
      const answer = await call('ListKeyVersions', place, parameters, options)
      return objectsField(objectField(answer, 'KeyVersions'), 'KeyVersion').map(answeredKeyVersion)
    },
  }
}

function digestParameters({ keyId, keyVersionId, algorithm, digest }: KmsKeyVersion & DigestToSign) {
  return { KeyId: keyId, KeyVersionId: keyVersionId, Algorithm: algorithm, Digest: encodeBase64(digest) }
}

function answeredKeyVersion(answer: KmsAnswer): AnsweredKeyVersion {
  return { keyId: textField(answer, 'KeyId'), keyVersionId: textField(answer, 'KeyVersionId') }
}
