import type { ServerResponse } from 'node:http'

/** Bytes of an object on their way to the client. */
export interface AnswerStream {
  /** Unknown before its end when undefined. */
  readonly length: number | undefined
  /** All of them, when they are at hand; they are sent without being read. */
  readonly bytes?: Buffer
  /** Starts the reading; called at most once. A chunk is its user's until the next is asked for. */
  readonly read: () => AsyncIterable<Buffer>
  /** Called once, whether or not `read` was. */
  readonly release: () => void
}

/** What an operation answers. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | number | undefined>>
  readonly body?: string | Buffer | AnswerStream
}

/** An answer with an XML body. */
export function xmlAnswer(xml: string, headers: Answer['headers'] = {}): Answer {
  return { status: 200, headers: { ...headers, 'content-type': 'application/xml' }, body: xml }
}

/** Sends an answer and resolves when it is sent, or will never be because the connection is gone. */
export async function sendAnswer(response: ServerResponse, answer: Answer, withBody: boolean): Promise<void> {
  const { body = '' } = answer
  const isStream = typeof body === 'object' && 'read' in body
  try {
    if (response.destroyed) return
    response.statusCode = answer.status
    for (const [name, value] of Object.entries(answer.headers ?? {})) {
      if (value !== undefined) response.setHeader(name, value)
    }
    const length = isStream ? body.length : Buffer.byteLength(body)
    if (
      !response.hasHeader('content-length') &&
      answer.status !== 204 &&
      answer.status !== 304 &&
      length !== undefined
    ) {
      response.setHeader('content-length', length)
    }
    if (!withBody || length === 0) response.end()
    else if (isStream && body.bytes !== undefined) await endOrClose(response, body.bytes)
    else if (isStream) await sendStream(response, body)
    else response.end(body)
  } finally {
    if (isStream) body.release()
  }
}

async function sendStream(response: ServerResponse, stream: AnswerStream): Promise<void> {
  for await (const chunk of stream.read()) {
    await writeOrClose(response, chunk)
    if (response.destroyed) return
  }
  response.end()
}

/** Resolves when the bytes, which are the last, have left the process, or never will. */
function endOrClose(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      response.off('close', finish)
      resolve()
    }
    response.on('close', finish)
    if (response.hasHeader('content-disposition')) {
      // With the last bytes at hand, Node would take this header for UTF-8 that it has to turn into Latin-1.
      response.write(bytes)
      response.end(finish)
    } else {
      response.end(bytes, finish)
    }
  })
}

/** Resolves when the bytes have left the process, or never will. */
function writeOrClose(response: ServerResponse, chunk: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      response.off('close', finish)
      resolve()
    }
    if (response.destroyed) {
      resolve()
      return
    }
    response.on('close', finish)
    response.write(chunk, finish)
  })
}
