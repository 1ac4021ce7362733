import type { ByteRange } from '../backend.js'
import { OssError } from '../error/oss-error.js'
import { checkConditions, READ_CONDITIONS } from '../object/conditions.js'
import { contentMd5, objectHeaders, validatorHeaders } from '../object/object-headers.js'
import { lieAboutRange, resolveRange, type RangedAnswer } from '../object/range.js'
import type { Answer } from '../request/answer.js'
import { limitAnswer, readTrafficLimit } from '../object/traffic-limit.js'
import { utf8AsLatin1 } from '../signature/signed-request.js'
import { bucketOf, objectOf, type OssCall } from '../request/oss-call.js'

const OVERRIDES = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
]

export async function getObject(call: OssCall): Promise<Answer> {
  const bucket = await bucketOf(call)
  const trafficLimit = readTrafficLimit(call)
  const object = await objectOf(call)
  const { facts } = object
  if (!checkConditions(call.headers, READ_CONDITIONS, facts)) return { status: 304, headers: validatorHeaders(facts) }
  const { sent, named } = answerRange(call, facts.size)
  const headers = {
    ...objectHeaders(bucket, facts),
    ...overriddenHeaders(call),
    ...(named === null ? { 'content-md5': contentMd5(facts) } : { 'content-range': contentRange(named, facts.size) }),
  }
  return { status: named === null ? 200 : 206, headers, body: limitAnswer(object.read(sent), trafficLimit) }
}

function answerRange({ headers, rangeLie }: OssCall, size: number): RangedAnswer {
  const asked = resolveRange(headers.get('range'), headers.get('x-oss-range-behavior') === 'standard', size)
  if (asked === null) return { sent: { start: 0, length: size }, named: null }
  return rangeLie === undefined ? { sent: asked, named: asked } : lieAboutRange(asked, size, rangeLie)
}

function contentRange({ start, length }: ByteRange, size: number): string {
  return `bytes ${start}-${start + length - 1}/${size}`
}

/** `response-content-type` and its like. */
function overriddenHeaders({ query }: OssCall): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const name of OVERRIDES) {
    const value = query.get(`response-${name}`)
    if (value === undefined) continue
    // eslint-disable-next-line no-control-regex -- what a header cannot hold
    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) {
      throw new OssError('InvalidArgument', { elements: { ArgumentName: `response-${name}` } })
    }
    // Names in Chinese, say: the bytes of their UTF-8 form.
    headers[name] = utf8AsLatin1(value)
  }
  return headers
}
