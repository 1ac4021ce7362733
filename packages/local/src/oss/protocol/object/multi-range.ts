import { randomBytes } from 'node:crypto'
import type { ByteRange } from '../backend.js'
import type { AnswerStream } from '../request/answer.js'
import type { ReadableObject } from './follow-symlink.js'
import { resolveRange } from './range.js'

const MAX_RANGES = 50

/**
 * The ranges of a header that names several, when the request asks for them to be heeded; null when it does not, when one of them is
 * not within the object, or when they are too many: then the header means nothing.
 */
export function readRanges(headers: ReadonlyMap<string, string>, size: number): readonly ByteRange[] | null {
  const [, list = ''] = /^bytes=(.+,.+)$/.exec(headers.get('range')?.trim() ?? '') ?? []
  if (list === '' || headers.get('x-oss-multi-range-behavior') !== 'multi-range') return null
  const ranges = list.split(',').map((range) => resolveRange(`bytes=${range.trim()}`, false, size))
  const found = ranges.filter((range) => range !== null)
  return found.length === ranges.length && found.length <= MAX_RANGES ? found : null
}

/** Several ranges of an object, each with a head of its own. */
export function joinRanges(
  object: ReadableObject,
  ranges: readonly ByteRange[],
  type: string | number | undefined,
): { contentType: string; body: AnswerStream } {
  const boundary = randomBytes(16).toString('hex')
  const parts = ranges.map((range) => ({
    head: headOf(boundary, String(type), range, object.facts.size),
    body: object.read(range),
  }))
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  const length = parts.reduce((sum, { head, body }) => sum + head.length + (body.length ?? 0), tail.length)
  async function* read(): AsyncGenerator<Buffer, void, undefined> {
    for (const { head, body } of parts) {
      yield head
      yield* body.read()
    }
    yield tail
  }
  const release = (): void => {
    for (const { body } of parts) body.release()
  }
  return { contentType: `multipart/byteranges; boundary=${boundary}`, body: { length, read, release } }
}

function headOf(boundary: string, type: string, { start, length }: ByteRange, size: number): Buffer {
  const lines = [
    `--${boundary}`,
    `Content-Type: ${type}`,
    `Content-Range: bytes ${start}-${start + length - 1}/${size}`,
  ]
  return Buffer.from(`\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}
