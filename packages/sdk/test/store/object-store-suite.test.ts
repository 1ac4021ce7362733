import OSS from 'ali-oss'
import { startLocalCloud, type LocalCloud } from 'osscrypt-local'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { AliOssStore } from '../../src/store/ali-oss/store.js'
import type { ObjectStore } from '../../src/store/object-store.js'
import { OssV2Store } from '../../src/store/oss-v2/oss-v2-store.js'
import { PresignedStore } from '../../src/store/presigned/presigned-store.js'
import { objectStoreSuite } from '../../src/testing/object-store-suite.js'
import { silenceUrllib } from '../support/cloud-fixture.js'
import { ossV2StandIn } from '../support/oss-v2-stand-in.js'
import { signV1, urlOf } from '../support/sign-oss.js'

const BUCKET = 'store-suite'
let cloud: LocalCloud
beforeAll(async () => {
  cloud = await startLocalCloud({ buckets: [BUCKET] })
  silenceUrllib()
})
afterAll(() => cloud.close())

const stores: Record<string, () => ObjectStore> = {
  'ali-oss': () => new AliOssStore(new OSS(cloud.ossOptions(BUCKET)), 10_000),
  'oss-v2': () =>
    new OssV2Store(
      ossV2StandIn({
        endpoint: cloud.oss.endpoint,
        accessKeyId: cloud.credentials.accessKeyId,
        accessKeySecret: cloud.credentials.accessKeySecret,
      }),
      BUCKET,
    ),
  presigned: () =>
    new PresignedStore({
      sign: ({ method, name, query, headers, copySource }) => {
        const source = copySource && {
          'x-oss-copy-source': `/${BUCKET}/${copySource.name.split('/').map(encodeURIComponent).join('/')}`,
        }
        const expires = String(Math.floor(Date.now() / 1000) + 60)
        const request = { method, bucket: BUCKET, name, query, headers: { ...headers, ...source } }
        const Signature = signV1(cloud.credentials.accessKeySecret, request, expires)
        const OSSAccessKeyId = cloud.credentials.accessKeyId
        return {
          url: urlOf(cloud.oss.endpoint, request, { Expires: expires, OSSAccessKeyId, Signature }),
          headers: source,
        }
      },
    }),
}

describe.each(Object.keys(stores))('%s', (name) => {
  const suite = objectStoreSuite({ create: () => stores[name]!(), secrets: [] })
  test.each(suite)('$name', ({ run }) => run())
})
