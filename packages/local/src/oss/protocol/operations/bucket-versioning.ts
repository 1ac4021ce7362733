import { OssError } from '../error/oss-error.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, type OssCall } from '../request/oss-call.js'
import { readXmlBody, textOf } from '../xml/read-xml.js'
import { writeXml } from '../xml/write-xml.js'

export async function getBucketVersioning(call: OssCall): Promise<Answer> {
  const { versioning } = await bucketOf(call)
  return xmlAnswer(writeXml('VersioningConfiguration', { Status: versioning }))
}

export async function putBucketVersioning(call: OssCall): Promise<Answer> {
  const { tree } = await readXmlBody(call.request, 'VersioningConfiguration')
  const status = textOf(tree, 'Status')?.trim()
  if (status !== 'Enabled' && status !== 'Suspended') throw new OssError('MalformedXML')
  await call.backend.updateBucket(call.bucketName, { versioning: status })
  return { status: 200 }
}
