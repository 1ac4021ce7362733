import { readOwnAliasName, readKeyName } from '../key-name.js'
import { KmsError } from '../kms-error.js'
import { defineOperation } from '../operation.js'
import { required } from '../parameters.js'
import { findKey } from '../use-key.js'

/** Lets an alias stand for another key. The state of the key that it stood for does not matter. */
export const updateAlias = defineOperation({
  name: 'UpdateAlias',
  parameters: { KeyId: required(readKeyName), AliasName: required(readOwnAliasName) },
  run: (context, values) => {
    const alias = context.keys.findAlias(context.region, values.AliasName)
    const key = findKey(context, values.KeyId)
    if (key.state === 'PendingDeletion') throw new KmsError('Rejected.PendingDeletion')
    context.keys.putAlias({ ...alias, keyId: key.id })
    return {}
  },
})
