import type { ByteRange } from '../backend.js'
import { checkConditions, READ_CONDITIONS } from '../object/conditions.js'
import { readableObjectOf } from '../object/follow-symlink.js'
import { compress, isCompressed } from '../object/gzip.js'
import { joinRanges, readRanges } from '../object/multi-range.js'
import { contentMd5, objectHeaders, validatorHeaders } from '../object/object-headers.js'
import { overriddenHeaders } from '../object/overridden-headers.js'
import { lieAboutRange, resolveRange, type RangedAnswer } from '../object/range.js'
import { checkReadable } from '../object/restore.js'
import { limitAnswer, readTrafficLimit } from '../object/traffic-limit.js'
import type { Answer } from '../request/answer.js'
import { bucketOf, type OssCall } from '../request/oss-call.js'

export async function getObject(call: OssCall): Promise<Answer> {
  const bucket = await bucketOf(call)
  const trafficLimit = readTrafficLimit(call)
  const object = await readableObjectOf(call)
  const { facts } = object
  checkReadable(facts, call.nowMs)
  if (!checkConditions(call.headers, READ_CONDITIONS, facts)) return { status: 304, headers: validatorHeaders(facts) }
  const headers = { ...objectHeaders(bucket, facts, call.nowMs), ...overriddenHeaders(call.query) }

  const ranges = readRanges(call.headers, facts.size)
  if (ranges !== null) {
    const { contentType, body } = joinRanges(object, ranges, headers['content-type'])
    return { status: 206, headers: { ...headers, 'content-type': contentType }, body: limitAnswer(body, trafficLimit) }
  }
  const { sent, named } = answerRange(call, facts.size)
  if (named === null && isCompressed(call.headers.get('accept-encoding'), headers, facts.size)) {
    const body = limitAnswer(compress(object.read(sent)), trafficLimit)
    return { status: 200, headers: { ...headers, etag: undefined, 'content-encoding': 'gzip' }, body }
  }
  const ranged =
    named === null ? { 'content-md5': contentMd5(facts) } : { 'content-range': contentRange(named, facts.size) }
  const body = limitAnswer(object.read(sent), trafficLimit)
  return { status: named === null ? 200 : 206, headers: { ...headers, ...ranged }, body }
}

function answerRange({ headers, rangeLie }: OssCall, size: number): RangedAnswer {
  const asked = resolveRange(headers.get('range'), headers.get('x-oss-range-behavior') === 'standard', size)
  if (asked === null) return { sent: { start: 0, length: size }, named: null }
  return rangeLie === undefined ? { sent: asked, named: asked } : lieAboutRange(asked, size, rangeLie)
}

function contentRange({ start, length }: ByteRange, size: number): string {
  return `bytes ${start}-${start + length - 1}/${size}`
}
