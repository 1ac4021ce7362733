import { readKeyName, readOwnAliasName } from '../key-name.js'
import { KmsError } from '../kms-error.js'
import { defineOperation } from '../operation.js'
import { required } from '../parameters.js'
import { findKey } from '../use-key.js'

export const createAlias = defineOperation({
  name: 'CreateAlias',
  parameters: {
    KeyId: required(readKeyName),
    AliasName: required(readOwnAliasName),
  },
  run: (context, values) => {
    const key = findKey(context, values.KeyId)
    if (key.state === 'PendingDeletion') throw new KmsError('Rejected.StateModifiedFailed')
    context.keys.createAlias({ region: context.region, name: values.AliasName, keyId: key.id })
    return {}
  },
})
