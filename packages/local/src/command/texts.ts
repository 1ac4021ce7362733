import type { LocalCloud } from '../local-cloud.js'
import { accessKeyPath } from '../state/default-access-key.js'

export const helpText = `osscrypt-local: an Alibaba Cloud KMS, OSS and STS on this machine, for development and tests

Usage: osscrypt-local [options]

  --folder DIR         where keys and objects are kept (default .osscrypt-local)
  --kms-port N         port of KMS on 127.0.0.1 (default: a free one)
  --oss-port N         port of OSS on 127.0.0.1 (default: a free one)
  --sts-port N         port of STS on 127.0.0.1 (default: a free one)
  --bucket NAME        a bucket to have; may be given again
  --key-alias NAME     alias of the key to have (default alias/osscrypt-local)
  --instance           also a KMS instance, over HTTPS with its own CA
  --fault JSON         something that is to go wrong; may be given again, for example
                       '{"service":"kms","operation":"GenerateDataKey","times":2,"effect":{"kind":"throttle"}}'
  --json               print one line of JSON instead of text
  --show-credentials   print the secret of the access key too
  --help, --version

It runs until Ctrl-C. Everything but the requests under way is kept in the folder.
`

/** What was started, for programs. */
export function describeAsJson(
  cloud: LocalCloud,
  key: string,
  buckets: readonly string[],
  withSecret: boolean,
): string {
  const { accessKeyId, accessKeySecret } = cloud.credentials
  return `${JSON.stringify({
    kms: { endpoint: cloud.kms.endpoint },
    oss: { endpoint: cloud.oss.endpoint },
    sts: { endpoint: cloud.sts.endpoint },
    ...(cloud.instance === undefined ? {} : { instance: cloud.instance }),
    region: cloud.region,
    folder: cloud.folder,
    credentialsFile: accessKeyPath(cloud.folder),
    accessKeyId,
    ...(withSecret ? { accessKeySecret } : {}),
    key,
    buckets,
  })}\n`
}

/** What was started, and how to use it, for people. */
export function describeAsText(
  cloud: LocalCloud,
  key: string,
  buckets: readonly string[],
  withSecret: boolean,
): string {
  const secret = withSecret ? cloud.credentials.accessKeySecret : '…'
  const bucket = buckets[0] ?? 'my-bucket'
  const lines = [
    `KMS          ${cloud.kms.endpoint}`,
    `OSS          ${cloud.oss.endpoint}`,
    `STS          ${cloud.sts.endpoint}`,
    ...(cloud.instance === undefined
      ? []
      : [`instance     ${cloud.instance.endpoint} (${cloud.instance.id}, CA in ${cloud.instance.caFile})`]),
    `key          ${key}`,
    `buckets      ${buckets.length === 0 ? 'none yet (--bucket NAME)' : buckets.join(', ')}`,
    `folder       ${cloud.folder}`,
    `credentials  ${accessKeyPath(cloud.folder)}`,
    '',
    withSecret ? 'In the shell:' : 'In the shell (--show-credentials fills in the secret):',
    `  export ALIBABA_CLOUD_ACCESS_KEY_ID=${cloud.credentials.accessKeyId}`,
    `  export ALIBABA_CLOUD_ACCESS_KEY_SECRET=${secret}`,
    '',
    'With ali-oss:',
    `  new OSS({ endpoint: '${cloud.oss.endpoint}', sldEnable: true, bucket: '${bucket}',`,
    '    accessKeyId: process.env.ALIBABA_CLOUD_ACCESS_KEY_ID,',
    '    accessKeySecret: process.env.ALIBABA_CLOUD_ACCESS_KEY_SECRET })',
    '',
    'Ctrl-C ends it.',
  ]
  return `${lines.join('\n')}\n`
}
