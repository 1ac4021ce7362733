import { OssError } from '../error/oss-error.js'
import { checkConditions, READ_CONDITIONS } from '../object/conditions.js'
import { findObject } from '../object/find-object.js'
import { contentMd5, objectHeaders, validatorHeaders } from '../object/object-headers.js'
import { lieAboutRange, resolveRange, type ByteRange, type RangedAnswer } from '../object/range.js'
import type { Answer } from '../request/answer.js'
import { bucketOf, type OssCall } from '../request/oss-call.js'
import type { Bucket } from '../store/bucket.js'
import type { ObjectRecord } from '../store/object-record.js'
import { readData, readDataSync } from '../store/read-data.js'

const SMALL = 64 * 1024
const OVERRIDES = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
]

export async function getObject(call: OssCall): Promise<Answer> {
  const bucket = bucketOf(call)
  const record = findObject(bucket, call.key, call.query.get('versionId'))
  if (!checkConditions(call.headers, READ_CONDITIONS, record)) return { status: 304, headers: validatorHeaders(record) }
  const { sent, named } = answerRange(call, record.size)
  const headers = {
    ...objectHeaders(bucket, record),
    ...overriddenHeaders(call),
    ...(named === null ? { 'content-md5': contentMd5(record) } : { 'content-range': contentRange(named, record.size) }),
  }
  return { status: named === null ? 200 : 206, headers, body: openBody(bucket, record, sent) }
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
    if (/[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/.test(value)) {
      throw new OssError('InvalidArgument', { elements: { ArgumentName: `response-${name}` } })
    }
    headers[name] = value
  }
  return headers
}

/** A small body is read at once; a large one as the client takes it, its files held until the end. */
function openBody(
  { data }: Bucket,
  { pieces }: ObjectRecord,
  { start, length }: ByteRange,
): NonNullable<Answer['body']> {
  if (length <= SMALL) return readDataSync(data, pieces, start, length)
  return { length, read: () => readData(data, pieces, start, length), release: data.hold(pieces) }
}
