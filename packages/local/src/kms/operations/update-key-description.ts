import { readKeyName } from '../key-name.js'
import { KmsError } from '../kms-error.js'
import { defineOperation } from '../operation.js'
import { given, required, text } from '../parameters.js'
import { findKey } from '../use-key.js'

/** An empty description takes the old one away. */
export const updateKeyDescription = defineOperation({
  name: 'UpdateKeyDescription',
  parameters: { KeyId: required(readKeyName), Description: given(text(8192)) },
  run: (context, values) => {
    const key = findKey(context, values.KeyId)
    if (key.state === 'PendingDeletion') throw new KmsError('Rejected.PendingDeletion')
    context.keys.put({ ...key, description: values.Description })
    return {}
  },
})
