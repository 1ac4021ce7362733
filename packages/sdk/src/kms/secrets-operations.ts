import { encodeUtf8 } from '../bytes/utf8.js'
import { ServiceError } from '../errors.js'
import { textField } from './kms-answer.js'
import type { KmsCall } from './kms-call.js'
import type { SecretsClient } from './secrets-client.js'

/** The operations on secrets. */
export function secretsOperations(call: KmsCall): SecretsClient {
  return {
    async getSecretValue({ secretName, ...place }, options) {
      try {
        const answer = await call('GetSecretValue', place, { open: { SecretName: secretName } }, options)
        if (answer['SecretDataType'] !== 'text') {
          throw new ServiceError('BadAnswer', `secret ${secretName} is not of type text`, { service: 'kms' })
        }
        return textField(answer, 'SecretData')
      } catch (error) {
        if (error instanceof ServiceError && error.code === 'KeyNotFound') return null
        throw error
      }
    },

    async createSecret({ secretName, secretData, versionId, encryptionKeyId, instanceId, ...place }, options) {
      const open = {
        SecretName: secretName,
        SecretDataType: 'text',
        VersionId: versionId,
        EncryptionKeyId: encryptionKeyId,
        DKMSInstanceId: instanceId,
      }
      try {
        await call('CreateSecret', place, { open, secret: { SecretData: encodeUtf8(secretData) } }, options)
        return true
      } catch (error) {
        if (error instanceof ServiceError && error.serviceCode === 'Rejected.ResourceExist') return false
        throw error
      }
    },
  }
}
