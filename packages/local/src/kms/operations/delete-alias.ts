import { isAliasName } from '../key-name.js'
import { defineOperation } from '../operation.js'
import { required } from '../parameters.js'

export const deleteAlias = defineOperation({
  name: 'DeleteAlias',
  parameters: { AliasName: required((text) => (isAliasName(text) ? text : undefined)) },
  run: (context, values) => {
    context.keys.deleteAlias(context.keys.findAlias(context.region, values.AliasName))
    return {}
  },
})
