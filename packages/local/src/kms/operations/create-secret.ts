import { readKeyName } from '../key-name.js'
import { KmsError, invalidParameter } from '../kms-error.js'
import { serviceKey } from '../new-key.js'
import { defineOperation } from '../operation.js'
import { flag, oneOf, optional, required, text, withDefault } from '../parameters.js'
import { currentStage, secretArn } from '../secret-record.js'
import { isSecretName } from '../secret-store.js'
import { findSymmetricKey } from '../use-key.js'
import { readSecretData, readVersionId, sealSecret } from '../use-secret.js'

export const createSecret = defineOperation({
  name: 'CreateSecret',
  parameters: {
    SecretName: required((name) => (isSecretName(name) ? name : undefined)),
    VersionId: required(readVersionId),
    SecretData: required(readSecretData),
    SecretDataType: withDefault('text', oneOf('text', 'binary')),
    EncryptionKeyId: optional(readKeyName),
    Description: withDefault('', text(1024)),
    SecretType: withDefault('Generic', oneOf('Generic', 'Rds', 'RAMCredentials', 'ECS', 'Redis', 'PolarDB')),
    EnableAutomaticRotation: withDefault(false, flag),
    DKMSInstanceId: optional(text(64)),
  },
  run: async (context, values) => {
    const { SecretName: name, VersionId, SecretData, SecretType, DKMSInstanceId: instanceId } = values
    // Managed secrets are of other services, and nothing rotates here.
    if (SecretType !== 'Generic' || values.EnableAutomaticRotation) throw new KmsError('UnsupportedOperation')
    if (instanceId !== undefined && !context.instanceIds.includes(instanceId)) throw invalidParameter('DKMSInstanceId')
    context.secrets.checkFree(context.region, name)
    const named = values.EncryptionKeyId
    const key = named === undefined ? await serviceKey(context) : findSymmetricKey(context, named)
    // An instance cannot reach keys outside it.
    if (instanceId !== undefined && key.instanceId !== instanceId) throw invalidParameter('EncryptionKeyId')
    const secret = {
      name,
      region: context.region,
      accountId: context.accountId,
      description: values.Description,
      encryptionKeyId: key.id,
      ...(instanceId === undefined ? {} : { instanceId }),
      createdAt: context.now,
      updatedAt: context.now,
      versions: [
        {
          id: VersionId,
          createdAt: context.now,
          stages: [currentStage],
          dataType: values.SecretDataType,
          sealedData: sealSecret(key, name, VersionId, SecretData),
        },
      ],
    }
    context.secrets.create(secret)
    return { Arn: secretArn(secret), SecretName: name, VersionId, SecretType }
  },
})
