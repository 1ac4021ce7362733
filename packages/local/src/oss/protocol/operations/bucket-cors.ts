import { OssError } from '../error/oss-error.js'
import type { CorsRule } from '../facts.js'
import { xmlAnswer, type Answer } from '../request/answer.js'
import { bucketOf, type OssCall } from '../request/oss-call.js'
import { childrenOf, readXmlBody, textOf, textsOf, type XmlTree } from '../xml/read-xml.js'
import { writeXml } from '../xml/write-xml.js'

const MAX_RULES = 10
const METHODS = ['GET', 'PUT', 'DELETE', 'POST', 'HEAD']

export async function putBucketCors(call: OssCall): Promise<Answer> {
  const { tree } = await readXmlBody(call.request, 'CORSConfiguration')
  const rules = childrenOf(tree, 'CORSRule').map(readRule)
  if (rules.length === 0 || rules.length > MAX_RULES) throw new OssError('MalformedXML')
  const responseVary = textOf(tree, 'ResponseVary')?.trim() === 'true'
  await call.backend.updateBucket(call.bucketName, { cors: { rules, responseVary } })
  return { status: 200 }
}

function readRule(rule: XmlTree): CorsRule {
  const [origins, methods, headers, exposeHeaders] = [
    textsOf(rule, 'AllowedOrigin'),
    textsOf(rule, 'AllowedMethod'),
    textsOf(rule, 'AllowedHeader'),
    textsOf(rule, 'ExposeHeader'),
  ]
  const maxAge = textOf(rule, 'MaxAgeSeconds')?.trim()
  const isValid =
    origins.length > 0 &&
    methods.length > 0 &&
    methods.every((method) => METHODS.includes(method)) &&
    [...origins, ...headers].every((pattern) => pattern !== '' && pattern.split('*').length <= 2) &&
    exposeHeaders.every((name) => name !== '' && !name.includes('*')) &&
    (maxAge === undefined || /^\d{1,9}$/.test(maxAge))
  if (!isValid) throw new OssError('InvalidArgument', { message: 'The CORS rule is invalid.' })
  const limit = maxAge === undefined ? {} : { maxAgeSeconds: Number(maxAge) }
  return { origins, methods, headers, exposeHeaders, ...limit }
}

export async function getBucketCors(call: OssCall): Promise<Answer> {
  const { cors, name } = await bucketOf(call)
  if (cors === undefined) throw new OssError('NoSuchCORSConfiguration', { elements: { BucketName: name } })
  const rules = cors.rules.map((rule) => ({
    AllowedOrigin: rule.origins,
    AllowedMethod: rule.methods,
    AllowedHeader: rule.headers,
    ExposeHeader: rule.exposeHeaders,
    MaxAgeSeconds: rule.maxAgeSeconds,
  }))
  return xmlAnswer(writeXml('CORSConfiguration', { CORSRule: rules, ResponseVary: cors.responseVary }))
}

export async function deleteBucketCors(call: OssCall): Promise<Answer> {
  await call.backend.updateBucket(call.bucketName, { cors: undefined })
  return { status: 204 }
}
