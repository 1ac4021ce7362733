import { defineOperation } from '../operation.js'
import { required } from '../parameters.js'
import { readSecretName } from '../secret-store.js'
import { findSecret } from '../use-secret.js'

export const restoreSecret = defineOperation({
  name: 'RestoreSecret',
  parameters: { SecretName: required(readSecretName) },
  run: (context, values) => {
    const { deleteAt: _, ...secret } = findSecret(context, values.SecretName)
    context.secrets.put(secret)
    return { SecretName: secret.name }
  },
})
