import { aliasMetadata, pageOf } from '../answer.js'
import { defineOperation } from '../operation.js'
import { integer, withDefault } from '../parameters.js'

export const listAliases = defineOperation({
  name: 'ListAliases',
  parameters: {
    PageNumber: withDefault(1, integer(1, 1_000_000)),
    PageSize: withDefault(10, integer(1, 100)),
  },
  run: (context, values) => {
    const { items, numbers } = pageOf(context.keys.listAliases(context.region), values.PageNumber, values.PageSize)
    return { ...numbers, Aliases: { Alias: items.map((alias) => aliasMetadata(alias, context.accountId)) } }
  },
})
