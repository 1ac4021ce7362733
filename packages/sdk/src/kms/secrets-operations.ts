import { encodeUtf8 } from '../bytes/utf8.js'
import { ServiceError } from '../errors.js'
import { textField } from './kms-answer.js'
import type { KmsCall } from './kms-call.js'
import type { SecretsClient } from './secrets-client.js'

/**
 * The operations on secrets. A key is mostly asked for by an ARN, which names its region; a secret's name does not. Where the host does not
 * either, as behind an `endpoint` of one's own, RegionId does, which every SDK of the vendor's may send.
 */
export function secretsOperations(call: KmsCall): SecretsClient {
  return {
    async getSecretValue({ secretName, ...place }, options) {
      try {
        const open = { SecretName: secretName, RegionId: place.region }
        const answer = await call('GetSecretValue', place, { open }, options)
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
        RegionId: place.region,
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
