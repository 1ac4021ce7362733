import { KmsError } from '../kms-error.js'
import { defineOperation } from '../operation.js'
import { oneOf, required, withDefault } from '../parameters.js'
import { addVersion, currentStage } from '../secret-record.js'
import { readSecretName } from '../secret-store.js'
import { findSymmetricKey } from '../use-key.js'
import { findLivingSecret, readSecretData, readVersionId, sealSecret } from '../use-secret.js'

/** Reads a JSON array of 1 to 8 stages. */
function readStages(text: string): string[] | undefined {
  try {
    const stages: unknown = JSON.parse(text)
    if (!Array.isArray(stages) || stages.length < 1 || stages.length > 8) return undefined
    const areNames = stages.every((stage) => typeof stage === 'string' && stage !== '' && stage.length <= 64)
    return areNames && new Set(stages).size === stages.length ? (stages as string[]) : undefined
  } catch {
    return undefined
  }
}

export const putSecretValue = defineOperation({
  name: 'PutSecretValue',
  parameters: {
    SecretName: required(readSecretName),
    VersionId: required(readVersionId),
    SecretData: required(readSecretData),
    SecretDataType: withDefault('text', oneOf('text', 'binary')),
    VersionStages: withDefault([currentStage], readStages),
  },
  run: (context, values) => {
    const secret = findLivingSecret(context, values.SecretName)
    const { VersionId: id, VersionStages: stages } = values
    if (secret.versions.some((version) => version.id === id)) throw new KmsError('Rejected.ResourceExist')
    const key = findSymmetricKey(context, { kind: 'id', name: secret.encryptionKeyId })
    const added = {
      id,
      createdAt: context.now,
      stages,
      dataType: values.SecretDataType,
      sealedData: sealSecret(key, secret.name, id, values.SecretData),
    }
    context.secrets.put({ ...secret, updatedAt: context.now, versions: addVersion(secret.versions, added) })
    return { SecretName: secret.name, VersionId: id, VersionStages: { VersionStage: stages } }
  },
})
