import { readKeyName } from '../key-name.js'
import { KmsError } from '../kms-error.js'
import { defineOperation } from '../operation.js'
import { required } from '../parameters.js'
import { findKey } from '../use-key.js'

export const enableKey = defineOperation({
  name: 'EnableKey',
  parameters: { KeyId: required(readKeyName) },
  run: (context, values) => {
    const key = findKey(context, values.KeyId)
    if (key.state === 'PendingDeletion') throw new KmsError('Rejected.StateModifiedFailed')
    context.keys.put({ ...key, state: 'Enabled' })
    return {}
  },
})
