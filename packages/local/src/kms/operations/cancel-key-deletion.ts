import { readKeyName } from '../key-name.js'
import { KmsError } from '../kms-error.js'
import { defineOperation } from '../operation.js'
import { required } from '../parameters.js'
import { findKey } from '../use-key.js'

export const cancelKeyDeletion = defineOperation({
  name: 'CancelKeyDeletion',
  parameters: { KeyId: required(readKeyName) },
  run: (context, values) => {
    const { deleteAt, ...key } = findKey(context, values.KeyId)
    if (deleteAt === undefined) throw new KmsError('Rejected.StateModifiedFailed')
    context.keys.put({ ...key, state: 'Enabled' })
    return {}
  },
})
