import http from 'node:http'
import type { IncomingMessage } from 'node:http'
import type {
  OssV2Body,
  OssV2Client,
  OssV2Input,
  OssV2Options,
  OssV2Output,
} from '../../src/store/oss-v2/oss-v2-client.js'
import { signV1, urlOf } from './sign-oss.js'

class StandInError extends Error {
  constructor(name: string, fields: object, cause?: Error) {
    super(`${name} https://oss.example/?Signature=secret`, { cause })
    this.name = name
    Object.assign(this, fields)
  }
}

/**
 * A stand-in for a client of the coming `@alicloud/oss-v2`, with the behaviour that was seen of it: bodies without `cancel`, an end without an error for a
 * connection that was aborted, lengths that nobody enforces, errors with URLs in their texts under `OperationError`. It sends real requests.
 */
export function ossV2StandIn(options: {
  readonly endpoint: string
  readonly accessKeyId: string
  readonly accessKeySecret: string
  readonly getCredentials?: () => Promise<void>
}): OssV2Client {
  return {
    async invokeOperation(input, settings = {}) {
      try {
        await options.getCredentials?.()
        return await exchange(options, input, settings)
      } catch (error) {
        throw new StandInError('OperationError', { opName: input.opName }, error as Error)
      }
    },
  }
}

async function exchange(
  options: Parameters<typeof ossV2StandIn>[0],
  { method, bucket = '', key, headers = {}, parameters = {}, body, opMetadata }: OssV2Input,
  { signal }: OssV2Options,
): Promise<OssV2Output> {
  const date = new Date().toUTCString()
  const toSign = { method, bucket, name: key, query: parameters, headers }
  const signature = signV1(options.accessKeySecret, toSign, date)
  const length = body instanceof Uint8Array ? body.length : body?.length
  const request = http.request(urlOf(options.endpoint, toSign), {
    method,
    headers: {
      ...headers,
      date,
      authorization: `OSS ${options.accessKeyId}:${signature}`,
      ...(body ? (length === undefined ? {} : { 'content-length': length }) : { 'content-length': 0 }),
    },
  })
  signal?.addEventListener('abort', () => request.destroy(), { once: true })
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve)
    request.on('error', (error) =>
      reject(
        signal?.aborted
          ? new StandInError('CanceledError', {})
          : new StandInError('RequestError', { code: 'ECONNRESET' }, error),
      ),
    )
  })
  answered.catch(() => undefined)
  if (body instanceof Uint8Array) request.end(body)
  else if (body) await sendBody(request, body)
  else request.end()
  const response = await answered
  // The client hears of it, whoever reads.
  response.on('error', () => undefined)
  const status = response.statusCode ?? 0
  const lower = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]))
  if (status >= 300 || status === 203) {
    const text = (await collect(response)).toString()
    const code = /<Code>([^<]*)/.exec(text)?.[1] ?? 'BadErrorResponse'
    throw new StandInError('ServiceError', {
      statusCode: status,
      code,
      requestId: lower['x-oss-request-id'],
      headers: lower,
    })
  }
  if (method === 'HEAD') {
    response.resume()
    return { statusCode: status, headers: lower }
  }
  if (!opMetadata?.['response-stream']) {
    const bytes = await collect(response)
    return { statusCode: status, headers: lower, body: bodyOf([bytes]) }
  }
  return { statusCode: status, headers: lower, body: bodyOf(response) }
}

/** Sends what comes, whatever was said of its length. */
async function sendBody(request: http.ClientRequest, body: OssV2Body): Promise<void> {
  const source = body.source()
  try {
    for (let chunk = await source.read(); chunk !== null; chunk = await source.read()) {
      if (!request.write(chunk)) await new Promise((resolve) => request.once('drain', resolve).once('close', resolve))
      if (request.destroyed) return
    }
    request.end()
  } catch (error) {
    request.destroy()
    throw error
  } finally {
    await source.cancel?.()
  }
}

function bodyOf(chunks: IncomingMessage | Buffer[]) {
  const iterator =
    Symbol.asyncIterator in chunks
      ? (chunks[Symbol.asyncIterator]() as AsyncIterator<Buffer>)
      : chunks[Symbol.iterator]()
  return {
    bytes: async () => Buffer.concat([]),
    stream: () => ({
      read: async (): Promise<Uint8Array | null> => {
        try {
          const next = await iterator.next()
          return next.done ? null : next.value
        } catch {
          // An abort or a broken connection looks like an end.
          return null
        }
      },
    }),
  }
}

async function collect(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
