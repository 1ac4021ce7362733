import { pageOf } from '../answer.js'
import { keyArn } from '../key-record.js'
import { defineOperation } from '../operation.js'
import { integer, withDefault } from '../parameters.js'

export const listKeys = defineOperation({
  name: 'ListKeys',
  parameters: {
    PageNumber: withDefault(1, integer(1, 1_000_000)),
    PageSize: withDefault(10, integer(1, 100)),
  },
  run: (context, values) => {
    const { items, numbers } = pageOf(context.keys.list(context.region), values.PageNumber, values.PageSize)
    return { ...numbers, Keys: { Key: items.map((key) => ({ KeyId: key.id, KeyArn: keyArn(key) })) } }
  },
})
