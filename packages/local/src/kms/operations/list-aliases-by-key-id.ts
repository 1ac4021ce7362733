import { aliasMetadata, pageOf } from '../answer.js'
import { readKeyName } from '../key-name.js'
import { defineOperation } from '../operation.js'
import { integer, required, withDefault } from '../parameters.js'
import { findKey } from '../use-key.js'

export const listAliasesByKeyId = defineOperation({
  name: 'ListAliasesByKeyId',
  parameters: {
    KeyId: required(readKeyName),
    PageNumber: withDefault(1, integer(1, 1_000_000)),
    PageSize: withDefault(10, integer(1, 100)),
  },
  run: (context, values) => {
    const key = findKey(context, values.KeyId)
    const aliases = context.keys.listAliases(context.region).filter(({ keyId }) => keyId === key.id)
    const { items, numbers } = pageOf(aliases, values.PageNumber, values.PageSize)
    return { ...numbers, Aliases: { Alias: items.map((alias) => aliasMetadata(alias, context.accountId)) } }
  },
})
