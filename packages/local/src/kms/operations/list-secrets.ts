import { formatTime } from '../../rpc/answer.js'
import { pageOf } from '../answer.js'
import { defineOperation } from '../operation.js'
import { integer, withDefault } from '../parameters.js'

export const listSecrets = defineOperation({
  name: 'ListSecrets',
  parameters: {
    PageNumber: withDefault(1, integer(1, 1_000_000)),
    PageSize: withDefault(10, integer(1, 100)),
  },
  run: (context, values) => {
    const { items, numbers } = pageOf(context.secrets.list(context.region), values.PageNumber, values.PageSize)
    const secrets = items.map((secret) => ({
      SecretName: secret.name,
      SecretType: 'Generic',
      CreateTime: formatTime(secret.createdAt),
      UpdateTime: formatTime(secret.updatedAt),
      PlannedDeleteTime: secret.deleteAt === undefined ? '' : formatTime(secret.deleteAt),
    }))
    return { ...numbers, SecretList: { Secret: secrets } }
  },
})
