import type { ServerResponse } from 'node:http'

/** What becomes of some bytes of an answer's body: those to send, and whether more may follow. */
export interface TappedBytes {
  readonly send: Uint8Array
  readonly goOn: boolean
}

type Callback = (error?: Error | null) => void

/**
 * Puts `take` between whoever writes the answer and the wire. It sees every byte of the body in order, with its offset; once it
 * says that nothing more may follow, the bytes it let through are flushed, `stop` is called, and the rest is swallowed: writers see
 * a full buffer that never drains, until the connection closes.
 */
export function tapAnswer(
  response: ServerResponse,
  take: (bytes: Buffer, offset: number) => TappedBytes,
  stop: () => void,
): void {
  const write = response.write.bind(response) as (chunk: Uint8Array, done?: Callback) => boolean
  const end = response.end.bind(response) as (chunk?: Uint8Array, done?: Callback) => ServerResponse
  let offset = 0
  let stopped = false

  const pass = (chunk: Buffer): TappedBytes => {
    const tapped = take(chunk, offset)
    offset += chunk.length
    if (!tapped.goOn) {
      stopped = true
      if (tapped.send.length > 0) write(tapped.send, stop)
      else {
        // Without a body, the head would be a whole answer.
        if (chunk.length > 0) response.flushHeaders()
        setImmediate(stop)
      }
    }
    return tapped
  }

  response.write = ((chunk: unknown, ...rest: unknown[]): boolean => {
    if (stopped) return false
    const tapped = pass(toBuffer(chunk, rest[0]))
    return tapped.goOn && write(tapped.send, callbackOf(rest))
  }) as typeof response.write

  response.end = ((...args: unknown[]): ServerResponse => {
    const [chunk, encoding] = typeof args[0] === 'function' ? [] : args
    if (stopped) return response
    const bytes = chunk === undefined || chunk === null ? Buffer.alloc(0) : toBuffer(chunk, encoding)
    if (!response.headersSent && offset === 0 && bytes.length > 0 && !response.hasHeader('content-length')) {
      response.setHeader('content-length', bytes.length)
    }
    const tapped = pass(bytes)
    return tapped.goOn ? end(tapped.send.length > 0 ? tapped.send : undefined, callbackOf(args)) : response
  }) as typeof response.end
}

function toBuffer(chunk: unknown, encoding: unknown): Buffer {
  if (typeof chunk === 'string')
    return Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
  const bytes = chunk as Uint8Array
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function callbackOf(args: unknown[]): Callback | undefined {
  return args.find((argument): argument is Callback => typeof argument === 'function')
}
