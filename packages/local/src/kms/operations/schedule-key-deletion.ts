import { readKeyName } from '../key-name.js'
import { KmsError } from '../kms-error.js'
import { defineOperation } from '../operation.js'
import { integer, required } from '../parameters.js'
import { findKey } from '../use-key.js'

const dayMs = 24 * 60 * 60_000

export const scheduleKeyDeletion = defineOperation({
  name: 'ScheduleKeyDeletion',
  parameters: { KeyId: required(readKeyName), PendingWindowInDays: required(integer(7, 366)) },
  run: (context, values) => {
    const key = findKey(context, values.KeyId)
    if (key.state === 'PendingDeletion') throw new KmsError('Rejected.StateModifiedFailed')
    const deleteAt = context.now + values.PendingWindowInDays * dayMs
    context.keys.put({ ...key, state: 'PendingDeletion', deleteAt })
    return {}
  },
})
