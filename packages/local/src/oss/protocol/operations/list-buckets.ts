import { xmlAnswer, type Answer } from '../request/answer.js'
import { integerParameter, OWNER, type OssCall } from '../request/oss-call.js'
import { writeXml } from '../xml/write-xml.js'

export async function listBuckets(call: OssCall): Promise<Answer> {
  const prefix = call.query.get('prefix') ?? ''
  const marker = call.query.get('marker') ?? ''
  const maxKeys = integerParameter(call, 'max-keys', [1, 1000], 100)
  const all = await call.backend.listBuckets()
  const matching = all.filter(({ name }) => name.startsWith(prefix) && name > marker)
  const page = matching.slice(0, maxKeys)
  const isTruncated = page.length < matching.length
  const isPaged = ['prefix', 'marker', 'max-keys'].some((name) => call.query.has(name))
  return xmlAnswer(
    writeXml('ListAllMyBucketsResult', {
      ...((isPaged || isTruncated) && {
        Prefix: prefix,
        Marker: marker,
        MaxKeys: maxKeys,
        IsTruncated: isTruncated,
        NextMarker: isTruncated ? page.at(-1)?.name : undefined,
      }),
      Owner: OWNER,
      Buckets: {
        Bucket: page.map((bucket) => ({
          CreationDate: new Date(bucket.createdMs).toISOString(),
          ExtranetEndpoint: `oss-${call.region}.aliyuncs.com`,
          IntranetEndpoint: `oss-${call.region}-internal.aliyuncs.com`,
          Location: `oss-${call.region}`,
          Name: bucket.name,
          Region: call.region,
          StorageClass: bucket.storageClass,
        })),
      },
    }),
  )
}
