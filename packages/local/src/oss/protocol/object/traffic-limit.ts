import { setTimeout as wait } from 'node:timers/promises'
import type { AnswerStream } from '../request/answer.js'
import { invalidHeader } from './invalid-header.js'

const NAME = 'x-oss-traffic-limit'
/** 100 KB/s and 100 MB/s, in bits. */
const BOUNDS = [819_200, 838_860_800] as const

interface LimitedRequest {
  readonly headers: ReadonlyMap<string, string>
  readonly query: ReadonlyMap<string, string>
}

/**
 * How many bytes a second the request allows itself; undefined for any number.
 *
 * @throws `OssError` InvalidArgument.
 */
export function readTrafficLimit({ headers, query }: LimitedRequest): number | undefined {
  const text = headers.get(NAME) ?? query.get(NAME)
  if (text === undefined) return undefined
  const bits = /^\d{1,10}$/.test(text) ? Number(text) : NaN
  if (!(bits >= BOUNDS[0] && bits <= BOUNDS[1])) throw invalidHeader(NAME, text)
  return bits / 8
}

/** Passes bytes on no faster than that. */
export async function* limitTraffic(
  chunks: AsyncIterable<Buffer>,
  bytesPerSecond: number,
): AsyncGenerator<Buffer, void, undefined> {
  const step = Math.ceil(bytesPerSecond / 20)
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += step) {
      const piece = chunk.subarray(at, at + step)
      await wait((piece.length / bytesPerSecond) * 1000)
      yield piece
    }
  }
}

/** The same for what is answered. */
export function limitAnswer(body: AnswerStream, bytesPerSecond: number | undefined): AnswerStream {
  if (bytesPerSecond === undefined) return body
  const { length, release } = body
  return { length, read: () => limitTraffic(body.read(), bytesPerSecond), release }
}
