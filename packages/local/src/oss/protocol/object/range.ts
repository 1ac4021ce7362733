import type { ByteRange } from '../backend.js'
import { OssError } from '../error/oss-error.js'
import type { RangeLie } from '../request/oss-call.js'

/**
 * What OSS makes of a Range header, `null` being the whole object with status 200. OSS ignores a range that it cannot read and one
 * that reaches outside the object, unless the request asks for the standard's behaviour: then the range is clipped to the object,
 * or refused when nothing of it is inside. Several ranges in one header are not supported, and ignored.
 *
 * @throws `OssError` InvalidRange.
 */
export function resolveRange(header: string | undefined, isStandard: boolean, size: number): ByteRange | null {
  if (header === undefined) return null
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header.trim()) ?? []
  if (first === '' && last === '') return null
  if (first === '') return resolveSuffix(Number(last), isStandard, size)
  const start = Number(first)
  const end = last === '' ? Math.max(size - 1, start) : Number(last)
  if (end < start) return null
  if (end < size) return { start, length: end - start + 1 }
  if (!isStandard) return null
  if (start >= size) throw unsatisfiable(size)
  return { start, length: size - start }
}

function resolveSuffix(length: number, isStandard: boolean, size: number): ByteRange | null {
  if (length > 0 && length <= size) return { start: size - length, length }
  if (!isStandard) return null
  if (length === 0 || size === 0) throw unsatisfiable(size)
  return { start: 0, length: size }
}

function unsatisfiable(size: number): OssError {
  return new OssError('InvalidRange', {
    elements: { ActualObjectSize: size },
    headers: { 'content-range': `bytes */${size}` },
  })
}

/** The bytes that are sent and those that the Content-Range header names; `null` being the whole object without one. */
export interface RangedAnswer {
  readonly sent: ByteRange
  readonly named: ByteRange | null
}

/** Answers a range that was asked for with a lie, as far as the object is large enough for it to be one. */
export function lieAboutRange(asked: ByteRange, size: number, lie: RangeLie): RangedAnswer {
  switch (lie) {
    case 'whole':
      return { sent: { start: 0, length: size }, named: null }
    case 'shifted': {
      const sent = shift(asked, size)
      return { sent, named: sent }
    }
    case 'mislabelled':
      return { sent: shift(asked, size), named: asked }
    case 'short': {
      const sent = { start: asked.start, length: Math.max(1, Math.floor(asked.length / 2)) }
      return { sent, named: sent }
    }
  }
}

/** The next range of the same length that does not overlap, or else one that is as far away as the object allows. */
function shift({ start, length }: ByteRange, size: number): ByteRange {
  const last = size - length
  if (start + length <= last) return { start: start + length, length }
  if (start - length >= 0) return { start: start - length, length }
  return { start: start < last - start ? last : 0, length }
}
