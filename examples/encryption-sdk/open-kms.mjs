// What these examples run against: the real KMS when the environment names a key, else a local one that is started here.
import { startLocalCloud } from 'osscrypt-local'

/**
 * Real KMS: CMK_ARN is set, the keys that an example needs beside it, and the credentials ALIBABA_CLOUD_ACCESS_KEY_ID,
 * ALIBABA_CLOUD_ACCESS_KEY_SECRET and, with STS, ALIBABA_CLOUD_SECURITY_TOKEN.
 * Local KMS: CMK_ARN is not set, or OSSCRYPT_EXAMPLE_LOCAL=1.
 */
export async function openKms() {
  const { env } = process
  if (env.CMK_ARN && env.OSSCRYPT_EXAMPLE_LOCAL !== '1') {
    return {
      cmk: env.CMK_ARN,
      kms: {
        credentials: {
          accessKeyId: env.ALIBABA_CLOUD_ACCESS_KEY_ID ?? '',
          accessKeySecret: env.ALIBABA_CLOUD_ACCESS_KEY_SECRET ?? '',
          securityToken: env.ALIBABA_CLOUD_SECURITY_TOKEN,
        },
      },
      /** The ARN of another key: what the variable holds.
       * @param {string} variable
       */
      anotherCmk: async (variable) => {
        const arn = env[variable]
        if (!arn) throw new Error(`this example needs ${variable}, the ARN of another CMK`)
        return arn
      },
      close: async () => undefined,
    }
  }
  const cloud = await startLocalCloud()
  return {
    cmk: await cloud.createKey(),
    kms: { credentials: cloud.credentials, endpoint: cloud.kms.endpoint },
    /** The ARN of another key, which is made.
     * @param {string} _variable
     * @param {import('osscrypt-local').LocalKeyOptions} [options]
     */
    anotherCmk: (_variable, options) => cloud.createKey(options),
    close: () => cloud.close(),
  }
}
