import { formatTime } from '../../rpc/answer.js'
import { invalidParameter } from '../kms-error.js'
import { defineOperation } from '../operation.js'
import { flag, integer, optional, required, withDefault } from '../parameters.js'
import { readSecretName } from '../secret-store.js'
import { findLivingSecret } from '../use-secret.js'

const dayMs = 24 * 60 * 60_000

export const deleteSecret = defineOperation({
  name: 'DeleteSecret',
  parameters: {
    SecretName: required(readSecretName),
    ForceDeleteWithoutRecovery: withDefault(false, flag),
    RecoveryWindowInDays: optional(integer(7, 30)),
  },
  run: (context, values) => {
    const secret = findLivingSecret(context, values.SecretName)
    if (values.ForceDeleteWithoutRecovery) {
      if (values.RecoveryWindowInDays !== undefined) throw invalidParameter('RecoveryWindowInDays')
      context.secrets.delete(secret)
      return { SecretName: secret.name, PlannedDeleteTime: formatTime(context.now) }
    }
    const deleteAt = context.now + (values.RecoveryWindowInDays ?? 30) * dayMs
    context.secrets.put({ ...secret, deleteAt })
    return { SecretName: secret.name, PlannedDeleteTime: formatTime(deleteAt) }
  },
})
