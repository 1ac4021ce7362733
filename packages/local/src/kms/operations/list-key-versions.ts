import { formatTime } from '../../rpc/answer.js'
import { pageOf } from '../answer.js'
import { readKeyName } from '../key-name.js'
import { defineOperation } from '../operation.js'
import { integer, required, withDefault } from '../parameters.js'
import { findKey } from '../use-key.js'

export const listKeyVersions = defineOperation({
  name: 'ListKeyVersions',
  parameters: {
    KeyId: required(readKeyName),
    PageNumber: withDefault(1, integer(1, 1_000_000)),
    PageSize: withDefault(10, integer(1, 100)),
  },
  run: (context, values) => {
    const key = findKey(context, values.KeyId)
    const { items, numbers } = pageOf(key.versions, values.PageNumber, values.PageSize)
    const versions = items.map(({ id, createdAt }) => ({
      KeyId: key.id,
      KeyVersionId: id,
      CreationDate: formatTime(createdAt),
    }))
    return { ...numbers, KeyVersions: { KeyVersion: versions } }
  },
})
