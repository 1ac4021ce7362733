import { OssError } from '../error/oss-error.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, type OssCall } from '../request/oss-call.js'
import { readXmlBody, textOf } from '../xml/read-xml.js'
import { writeXml } from '../xml/write-xml.js'

/** Kept and told; everybody here is the owner, who pays anyway. */
export async function putBucketRequestPayment(call: OssCall): Promise<Answer> {
  const { tree } = await readXmlBody(call.request, 'RequestPaymentConfiguration')
  const payer = textOf(tree, 'Payer')?.trim()
  if (payer !== 'BucketOwner' && payer !== 'Requester') throw new OssError('MalformedXML')
  await call.backend.updateBucket(call.bucketName, { payer })
  return { status: 200 }
}

export async function getBucketRequestPayment(call: OssCall): Promise<Answer> {
  const { payer = 'BucketOwner' } = await bucketOf(call)
  return xmlAnswer(writeXml('RequestPaymentConfiguration', { Payer: payer }))
}
