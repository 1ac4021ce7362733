import { encodeBase64, encodeBase64Bytes } from '../bytes/base64.js'
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
      const { open, secret } = digestParameters(request)
      const parameters = { open: { ...open, Value: encodeBase64(request.signature) }, secret }
      const answer = await call('AsymmetricVerify', request, parameters, options)
      return { ...answeredKeyVersion(answer), valid: booleanField(answer, 'Value') }
    },

    async getPublicKey({ keyId, keyVersionId, ...place }, options) {
      const answer = await call('GetPublicKey', place, { open: { KeyId: keyId, KeyVersionId: keyVersionId } }, options)
      return { ...answeredKeyVersion(answer), publicKey: textField(answer, 'PublicKey') }
    },

    async listKeyVersions({ keyId, ...place }, options) {
      const open = { KeyId: keyId, PageNumber: '1', PageSize: '100' }
      const answer = await call('ListKeyVersions', place, { open }, options)
      return objectsField(objectField(answer, 'KeyVersions'), 'KeyVersion').map(answeredKeyVersion)
    },
  }
}

/** The digest of a text that can be guessed tells the text: it does not stand in the URL either. */
function digestParameters({ keyId, keyVersionId, algorithm, digest }: KmsKeyVersion & DigestToSign) {
  const open = { KeyId: keyId, KeyVersionId: keyVersionId, Algorithm: algorithm }
  return { open, secret: { Digest: encodeBase64Bytes(digest) } }
}

function answeredKeyVersion(answer: KmsAnswer): AnsweredKeyVersion {
  return { keyId: textField(answer, 'KeyId'), keyVersionId: textField(answer, 'KeyVersionId') }
}
