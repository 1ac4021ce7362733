import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, OWNER, type OssCall } from '../request/oss-call.js'
import { writeXml } from '../xml/write-xml.js'

export async function getBucketInfo(call: OssCall): Promise<Answer> {
  const { record } = bucketOf(call)
  return xmlAnswer(
    writeXml('BucketInfo', {
      Bucket: {
        CreationDate: new Date(record.createdMs).toISOString(),
        ExtranetEndpoint: `oss-${call.region}.aliyuncs.com`,
        IntranetEndpoint: `oss-${call.region}-internal.aliyuncs.com`,
        Location: `oss-${call.region}`,
        StorageClass: record.storageClass,
        DataRedundancyType: 'LRS',
        Name: record.name,
        Owner: OWNER,
        AccessControlList: { Grant: record.acl },
        Versioning: record.versioning,
      },
    }),
  )
}
