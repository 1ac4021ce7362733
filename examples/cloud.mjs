// What the examples run against: the real cloud when the environment names a key, else a local one that is started here.
import OSS from 'ali-oss'
import { startLocalCloud } from 'osscrypt-local'

/**
 * Real cloud: CMK_ARN, OSS_BUCKET and OSS_REGION (such as oss-cn-hangzhou) are set, and the credentials
 * ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and, with STS, ALIBABA_CLOUD_SECURITY_TOKEN.
 * Local cloud: none of that is set, or OSSCRYPT_EXAMPLE_LOCAL=1.
 */
export async function openCloud() {
  const { env } = process
  if (env.CMK_ARN && env.OSSCRYPT_EXAMPLE_LOCAL !== '1') {
    const credentials = {
      accessKeyId: env.ALIBABA_CLOUD_ACCESS_KEY_ID ?? '',
      accessKeySecret: env.ALIBABA_CLOUD_ACCESS_KEY_SECRET ?? '',
      securityToken: env.ALIBABA_CLOUD_SECURITY_TOKEN,
    }
    const { accessKeyId, accessKeySecret, securityToken: stsToken = '' } = credentials
    const { OSS_REGION: region = 'oss-cn-hangzhou', OSS_BUCKET: bucket = '' } = env
    return {
      credentials,
      bucket: { bucket, region: region.replace(/^oss-/, ''), url: `https://${bucket}.${region}.aliyuncs.com` },
      cmk: env.CMK_ARN,
      kms: { credentials },
      store: new OSS({
        region,
        bucket,
        accessKeyId,
        accessKeySecret,
        ...(stsToken && { stsToken }),
        secure: true,
        authorizationV4: true,
      }),
      close: async () => undefined,
    }
  }
  const bucket = 'example-bucket'
  const cloud = await startLocalCloud({ buckets: [bucket] })
  return {
    credentials: cloud.credentials,
    bucket: { bucket, region: 'cn-hangzhou', url: `${cloud.oss.endpoint}/${bucket}` },
    cmk: await cloud.createKey(),
    kms: cloud.kmsOptions(),
    store: new OSS(cloud.ossOptions(bucket)),
    close: () => cloud.close(),
  }
}
