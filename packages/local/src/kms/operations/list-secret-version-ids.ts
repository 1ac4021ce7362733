import { formatTime } from '../../rpc/answer.js'
import { pageOf } from '../answer.js'
import { defineOperation } from '../operation.js'
import { flag, integer, required, withDefault } from '../parameters.js'
import { readSecretName } from '../secret-store.js'
import { findSecret } from '../use-secret.js'

export const listSecretVersionIds = defineOperation({
  name: 'ListSecretVersionIds',
  parameters: {
    SecretName: required(readSecretName),
    /** Versions that have no stage any more. */
    IncludeDeprecated: withDefault(false, flag),
    PageNumber: withDefault(1, integer(1, 1_000_000)),
    PageSize: withDefault(10, integer(1, 100)),
  },
  run: (context, values) => {
    const secret = findSecret(context, values.SecretName)
    const listed = secret.versions.filter(({ stages }) => values.IncludeDeprecated || stages.length > 0)
    const { items, numbers } = pageOf(listed, values.PageNumber, values.PageSize)
    const versions = items.map(({ id, createdAt, stages }) => ({
      VersionId: id,
      CreateTime: formatTime(createdAt),
      VersionStages: { VersionStage: stages },
    }))
    return { ...numbers, SecretName: secret.name, VersionIds: { VersionId: versions } }
  },
})
