import { formatTime } from '../../rpc/answer.js'
import { defineOperation } from '../operation.js'
import { required } from '../parameters.js'
import { secretArn } from '../secret-record.js'
import { readSecretName } from '../secret-store.js'
import { findSecret } from '../use-secret.js'

export const describeSecret = defineOperation({
  name: 'DescribeSecret',
  parameters: { SecretName: required(readSecretName) },
  run: (context, values) => {
    const secret = findSecret(context, values.SecretName)
    return {
      Arn: secretArn(secret),
      SecretName: secret.name,
      SecretType: 'Generic',
      Description: secret.description,
      EncryptionKeyId: secret.encryptionKeyId,
      AutomaticRotation: 'Disabled',
      CreateTime: formatTime(secret.createdAt),
      UpdateTime: formatTime(secret.updatedAt),
      PlannedDeleteTime: secret.deleteAt === undefined ? '' : formatTime(secret.deleteAt),
      ...(secret.instanceId === undefined ? {} : { DKMSInstanceId: secret.instanceId }),
    }
  },
})
