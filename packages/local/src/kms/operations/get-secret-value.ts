import { formatTime } from '../../rpc/answer.js'
import { KmsError } from '../kms-error.js'
import { defineOperation } from '../operation.js'
import { optional, required, text, unsupported } from '../parameters.js'
import { currentStage } from '../secret-record.js'
import { readSecretName } from '../secret-store.js'
import { findLivingSecret, openSecret, readVersionId } from '../use-secret.js'

/** The version is found by its id, by its stage, or by both; the current one when neither is given. */
export const getSecretValue = defineOperation({
  name: 'GetSecretValue',
  onInstance: true,
  canDryRun: true,
  parameters: {
    SecretName: required(readSecretName),
    VersionStage: optional(text(64)),
    VersionId: optional(readVersionId),
    Recipient: unsupported,
  },
  run: (context, values) => {
    const secret = findLivingSecret(context, values.SecretName)
    const { VersionId: id } = values
    const stage = values.VersionStage ?? (id === undefined ? currentStage : undefined)
    const version = secret.versions.find(
      (candidate) => (id ?? candidate.id) === candidate.id && (stage === undefined || candidate.stages.includes(stage)),
    )
    if (version === undefined) throw new KmsError('Forbidden.ResourceNotFound')
    return {
      SecretName: secret.name,
      SecretType: 'Generic',
      SecretData: openSecret(context, secret, version),
      SecretDataType: version.dataType,
      VersionId: version.id,
      VersionStages: { VersionStage: version.stages },
      CreateTime: formatTime(version.createdAt),
    }
  },
})
