import { isAliasName, readKeyName } from '../key-name.js'
import { KmsError, invalidParameter } from '../kms-error.js'
import { defineOperation } from '../operation.js'
import { required } from '../parameters.js'
import { findKey } from '../use-key.js'

export const createAlias = defineOperation({
  name: 'CreateAlias',
  parameters: {
    KeyId: required(readKeyName),
    AliasName: required((text) => (isAliasName(text) ? text : undefined)),
  },
  run: (context, values) => {
    // Names under alias/acs are the service's own.
    if (values.AliasName.startsWith('alias/acs')) throw invalidParameter('AliasName')
    const key = findKey(context, values.KeyId)
    if (key.state === 'PendingDeletion') throw new KmsError('Rejected.StateModifiedFailed')
    context.keys.createAlias({ region: context.region, name: values.AliasName, keyId: key.id })
    return {}
  },
})
