import { OssError } from '../error/oss-error.js'
import { encryptionOf } from '../object/encryption.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, type OssCall } from '../request/oss-call.js'
import { childOf, readXmlBody, textOf, type XmlTree } from '../xml/read-xml.js'
import { writeXml } from '../xml/write-xml.js'

const DEFAULT = 'ApplyServerSideEncryptionByDefault'

/** What objects are encrypted with whose requests say nothing about it. */
export async function putBucketEncryption(call: OssCall): Promise<Answer> {
  const { tree } = await readXmlBody(call.request, 'ServerSideEncryptionRule')
  const rule = childOf(tree, DEFAULT)
  const algorithm = textOf(rule, 'SSEAlgorithm')?.trim() ?? ''
  const [keyId, dataAlgorithm] = [filledText(rule, 'KMSMasterKeyID'), filledText(rule, 'KMSDataEncryption')]
  if (!['AES256', 'KMS', 'SM4'].includes(algorithm)) throw new OssError('InvalidEncryptionAlgorithmError')
  if (algorithm !== 'KMS' && (keyId ?? dataAlgorithm) !== undefined) throw new OssError('InvalidArgument')
  const encryption = encryptionOf(algorithm, keyId, dataAlgorithm)
  await call.backend.updateBucket(call.bucketName, { encryption })
  return { status: 200 }
}

/** An empty element says as little as none. */
function filledText(tree: XmlTree, name: string): string | undefined {
  const text = textOf(tree, name)?.trim()
  return text === '' ? undefined : text
}

export async function getBucketEncryption(call: OssCall): Promise<Answer> {
  const { encryption, name } = await bucketOf(call)
  if (encryption === undefined) {
    throw new OssError('NoSuchServerSideEncryptionRule', { elements: { BucketName: name } })
  }
  const { algorithm, keyId, dataAlgorithm } = encryption
  const rule = { SSEAlgorithm: algorithm, KMSMasterKeyID: keyId, KMSDataEncryption: dataAlgorithm }
  return xmlAnswer(writeXml('ServerSideEncryptionRule', { [DEFAULT]: rule }))
}

export async function deleteBucketEncryption(call: OssCall): Promise<Answer> {
  await call.backend.updateBucket(call.bucketName, { encryption: undefined })
  return { status: 204 }
}
