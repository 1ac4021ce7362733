import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { AnswerStream } from '../request/answer.js'

const MIN_LENGTH = 1024

/** The types that OSS compresses. */
const TEXT_TYPES = [
  'application/javascript',
  'application/json',
  'application/rss+xml',
  'application/x-javascript',
  'application/xml',
  'text/css',
  'text/html',
  'text/javascript',
  'text/json',
  'text/plain',
  'text/xml',
]

/** Whether a whole object is sent compressed to a client that would have it so. */
export function isCompressed(
  acceptEncoding: string | undefined,
  headers: Readonly<Record<string, string | number | undefined>>,
  length: number,
): boolean {
  const type = String(headers['content-type'] ?? '')
    .split(';')[0]
    ?.trim()
    .toLowerCase()
  return (
    /\bgzip\b/i.test(acceptEncoding ?? '') &&
    headers['content-encoding'] === undefined &&
    length >= MIN_LENGTH &&
    TEXT_TYPES.includes(type ?? '')
  )
}

/** Its length is not known before its end. */
export function compress({ read, release }: AnswerStream): AnswerStream {
  return { length: undefined, read: () => gzip(read()), release }
}

async function* gzip(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  yield* Readable.from(copies(chunks), { objectMode: false }).pipe(createGzip()) as AsyncIterable<Buffer>
}

/** A chunk may be overwritten once the next is asked for, and the compressor takes several. */
async function* copies(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) yield Buffer.from(chunk)
}
