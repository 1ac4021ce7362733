import type { ConsoleCloud } from 'osscrypt-console'
import { usageError } from '../command-error.js'
import { readCorsRules } from './cors-check.js'
import { credentialsOf } from './credentials.js'
import { listBuckets } from './list-buckets.js'
import { listPage } from './list-objects.js'
import { ossAddress, type Session } from './session.js'

/** What a console's server does with this call's credentials. @throws CommandError when the region or the format is none that a console has. */
export function consoleCloud(session: Session): ConsoleCloud {
  const { settings, dataKeys } = session
  const { isLocal, cmks, format = 'gcm' } = settings
  const region = settings.region?.replace(/^oss-/, '')
  if (region === undefined) {
    throw usageError('no region', 'give --region, OSS_REGION or `osscrypt config set region REGION`')
  }
  if (format !== 'gcm' && format !== 'floe') {
    throw usageError(`the console stores gcm and floe, and not ${format}`, '`osscrypt config set format floe`')
  }
  return {
    region,
    isLocal,
    cmks,
    dataKeys,
    format,
    credentials: credentialsOf(settings),
    bucketUrl: (bucket) => bucketUrl(session, bucket),
    client: (bucket) => session.client(bucket),
    listBuckets: async (signal) => {
      const buckets = await listBuckets(session, signal)
      return buckets.map((bucket) => ({ name: bucket.name, region: bucket.region.replace(/^oss-/, '') }))
    },
    list: async (bucket, { prefix, delimiter, token, signal }) =>
      listPage(session, { kind: 'oss', bucket, key: prefix }, { delimiter, token, signal }),
    corsRules: (bucket, signal) => readCorsRules(session, bucket, signal),
  }
}

/** Where OSS has a bucket: an address that is a number takes it in the path. */
function bucketUrl({ settings }: Session, bucket: string): string {
  const { url, inPath } = ossAddress(settings)
  if (inPath) return `${url.href.replace(/\/$/, '')}/${bucket}`
  return `${url.protocol}//${bucket}.${url.host}`
}
