import { encodeBase64 } from '../bytes/base64.js'
import { booleanField, bytesField, objectField, objectsField, textField, type KmsAnswer } from './kms-answer.js'
import type { KmsCall } from './kms-call.js'
import type { AnsweredKeyVersion, DigestToSign, KmsKeyVersion, KmsSigningClient } from './kms-signing-client.js'

/** The operations on asymmetric CMKs that sign. */
export function signingOperations(call: KmsCall): KmsSigningClient {
  return {
    async asymmetricSign(request, options) {
      const answer = await call('AsymmetricSign', request.region, digestParameters(request), options)
      return { ...answeredKeyVersion(answer), signature: bytesField(answer, 'Value') }
    },

    async asymmetricVerify(request, options) {
      const parameters = { ...digestParameters(request), Value: encodeBase64(request.signature) }
      const answer = await call('AsymmetricVerify', request.region, parameters, options)
      return { ...answeredKeyVersion(answer), valid: booleanField(answer, 'Value') }
    },

    async getPublicKey({ region, keyId, keyVersionId }, options) {
      const answer = await call('GetPublicKey', region, { KeyId: keyId, KeyVersionId: keyVersionId }, options)
      return { ...answeredKeyVersion(answer), publicKey: textField(answer, 'PublicKey') }
    },

    async listKeyVersions({ region, keyId }, options) {
      const parameters = { KeyId: keyId, PageNumber: '1', PageSize: '100' }
      const answer = await call('ListKeyVersions', region, parameters, options)
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
