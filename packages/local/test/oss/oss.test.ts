import { afterAll, describe } from 'vitest'
import { ACCESS_KEY, BUCKET, startLocalOss } from './local-oss.js'
import { ossSuite } from './suite.js'
import type { Target } from './target.js'

/** The real OSS, when the environment names one. */
function realTarget(): Target | null {
  const { env } = process
  const endpoint = env.OSSCRYPT_TEST_OSS_ENDPOINT
  const region = env.OSSCRYPT_TEST_OSS_REGION
  const bucket = env.OSSCRYPT_TEST_OSS_BUCKET
  const accessKeyId = env.OSSCRYPT_TEST_OSS_ACCESS_KEY_ID
  const accessKeySecret = env.OSSCRYPT_TEST_OSS_ACCESS_KEY_SECRET
  if (!endpoint || !region || !bucket || !accessKeyId || !accessKeySecret) return null
  return { endpoint, region, bucket, accessKeyId, accessKeySecret }
}

const real = realTarget()
if (real !== null) {
  describe('the real OSS', () => ossSuite(real))
} else {
  const local = await startLocalOss()
  afterAll(() => local.close())
  describe('the local OSS', () =>
    ossSuite({ endpoint: local.endpoint, region: 'cn-hangzhou', bucket: BUCKET, ...ACCESS_KEY }))
}
