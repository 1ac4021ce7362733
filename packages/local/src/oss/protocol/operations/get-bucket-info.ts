import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, OWNER, type OssCall } from '../request/oss-call.js'
import { writeXml } from '../xml/write-xml.js'

export async function getBucketInfo(call: OssCall): Promise<Answer> {
  const bucket = await bucketOf(call)
  return xmlAnswer(
    writeXml('BucketInfo', {
      Bucket: {
        CreationDate: new Date(bucket.createdMs).toISOString(),
        ExtranetEndpoint: `oss-${call.region}.aliyuncs.com`,
        IntranetEndpoint: `oss-${call.region}-internal.aliyuncs.com`,
        Location: `oss-${call.region}`,
        StorageClass: bucket.storageClass,
        DataRedundancyType: 'LRS',
        Name: bucket.name,
        Owner: OWNER,
        AccessControlList: { Grant: bucket.acl },
        Versioning: bucket.versioning,
        ServerSideEncryptionRule: {
          SSEAlgorithm: bucket.encryption?.algorithm ?? 'None',
          KMSMasterKeyID: bucket.encryption?.keyId,
          KMSDataEncryption: bucket.encryption?.dataAlgorithm,
        },
        Comment: '',
        AccessMonitor: 'Disabled',
        BlockPublicAccess: false,
        CrossRegionReplication: 'Disabled',
        TransferAcceleration: 'Disabled',
      },
    }),
  )
}
