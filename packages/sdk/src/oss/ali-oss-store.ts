import { Readable } from 'node:stream'
import { OsscryptError } from '../errors.js'
import type { AliOssClient, AliOssResult } from './ali-oss-client.js'
import { ControlledRequest } from './controlled-request.js'
import type { ByteRange, ObjectStore, StoreAnswer, StoreRequestOptions, UploadBody } from './object-store.js'
import { ossError } from './oss-error.js'

/** Bodies up to this length are sent in one piece; ali-oss adds their Content-MD5, which OSS checks. */
const ONE_PIECE_LENGTH = 256 * 1024

/** OSS through the caller's `ali-oss` client, whose settings (endpoint, credentials, signature version, agent) all apply. */
export class AliOssStore implements ObjectStore {
  readonly #client: AliOssClient
  readonly #idleTimeoutMs: number

  /** @param idleTimeoutMs How long an upload, or the text of an error, may stand still. */
  constructor(client: AliOssClient, idleTimeoutMs: number) {
    this.#client = client
    this.#idleTimeoutMs = idleTimeoutMs
  }

  async put(
    name: string,
    body: UploadBody,
    options: StoreRequestOptions & { mime?: string | undefined },
  ): Promise<StoreAnswer & { readonly url?: string | undefined }> {
    const { answer, result } = await this.#request('PutObject', options.signal, async (request) => {
      const settings = { headers: { ...options.headers }, mime: options.mime }
      request.watch(() => ossError('PutObject', {}, new Error('the upload stood still')))
      if (body.bytes && body.bytes.length <= ONE_PIECE_LENGTH) {
        const { buffer, byteOffset, length } = body.bytes
        return request.client.put(name, Buffer.from(buffer, byteOffset, length), settings)
      }
      const stream = Readable.from(watched(body, request), { objectMode: false })
      try {
        return await request.client.putStream(name, stream, { ...settings, contentLength: body.length })
      } finally {
        stream.destroy()
      }
    })
    return { ...answer, url: result.url }
  }

  async get(
    name: string,
    options: StoreRequestOptions & { range?: ByteRange | undefined },
  ): Promise<StoreAnswer & { readonly body: Readable }> {
    const headers = { ...options.headers }
    if (options.range) {
      headers['Range'] = `bytes=${formatRange(options.range)}`
      headers['x-oss-range-behavior'] = 'standard'
    }
    const { answer, result } = await this.#request('GetObject', options.signal, (request) =>
      request.client.getStream(name, { headers, ...versionQuery(options) }),
    )
    return { ...answer, body: result.stream as Readable }
  }

  async head(name: string, options: StoreRequestOptions): Promise<StoreAnswer> {
    const { answer } = await this.#request('HeadObject', options.signal, (request) =>
      request.client.head(name, { headers: { ...options.headers }, ...versionQuery(options) }),
    )
    return answer
  }

  async delete(name: string, options: StoreRequestOptions): Promise<StoreAnswer> {
    const { answer } = await this.#request('DeleteObject', options.signal, (request) =>
      request.client.delete(name, { headers: { ...options.headers }, ...versionQuery(options) }),
    )
    return answer
  }

  async copy(
    name: string,
    sourceName: string,
    { headers, versionId, signal }: StoreRequestOptions,
  ): Promise<StoreAnswer> {
    const { answer } = await this.#request('CopyObject', signal, (request) =>
      request.client.copy(name, sourceName, undefined, { headers: { ...headers }, versionId }),
    )
    return answer
  }

  /** Sends one request, and gives its answer or its failure a shape that does not depend on ali-oss. */
  async #request<Result extends AliOssResult>(
    operation: string,
    signal: AbortSignal | undefined,
    send: (request: ControlledRequest) => Promise<Result>,
  ): Promise<{ readonly answer: StoreAnswer; readonly result: Result }> {
    const request = new ControlledRequest(this.#client, this.#idleTimeoutMs, signal)
    try {
      const result = await send(request)
      const { status, headers } = result.res as StoreAnswer
      // ali-oss takes "not modified" for success.
      if (status >= 300) throw ossError(operation, { status, requestId: headers['x-oss-request-id'] })
      return { answer: { status, headers }, result }
    } catch (error) {
      throw request.failure ?? toOssError(operation, error)
    } finally {
      request.release()
    }
  }
}

/** A body as it is sent. What it fails with is kept from ali-oss, which would write into it. */
async function* watched(body: UploadBody, request: ControlledRequest): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body.open() as AsyncIterable<Uint8Array>) {
      request.moved()
      yield chunk
    }
  } catch (error) {
    request.fail(error as Error)
    // eslint-disable-next-line preserve-caught-error -- see above
    throw new Error('the body cannot be read')
  }
}

function formatRange({ start, end }: ByteRange): string {
  return start < 0 ? String(start) : `${String(start)}-${end === undefined ? '' : String(end)}`
}

function versionQuery({ versionId }: StoreRequestOptions): { subres?: { versionId: string }; versionId?: string } {
  return versionId === undefined ? {} : { subres: { versionId }, versionId }
}

/** The typed error for what ali-oss threw. Its message is left behind: it may hold URLs with signatures, and parts of the answer. */
function toOssError(operation: string, thrown: unknown): Error {
  const { status, code, requestId, res } = thrown as {
    status?: unknown
    code?: unknown
    requestId?: unknown
    res?: { headers?: Record<string, string> }
  }
  // An answer that says that all is well, and fails nevertheless, was cut off.
  if (thrown instanceof OsscryptError) return thrown
  const answered = typeof status === 'number' && status >= 300
  if (!answered && thrown instanceof Error && !isNetworkFailure(thrown)) return thrown
  return ossError(operation, {
    status: answered ? status : undefined,
    serviceCode: answered ? token(code) : undefined,
    reason: answered ? undefined : networkReason(thrown),
    requestId: token(requestId) ?? token(res?.headers?.['x-oss-request-id']),
  })
}

/** What the system said, `ECONNREFUSED` or the like: all that is safe to repeat of the message. */
function networkReason(thrown: unknown): string | undefined {
  const { name, message } = thrown as { name?: unknown; message?: unknown }
  if (String(name).includes('Timeout')) return 'no answer in time'
  return /\bE[A-Z]{4,20}\b/.exec(String(message))?.[0]
}

/**
 * ali-oss gives network failures a negative status, but for time-outs of the answer, which have a name only, and for answers that are not the
 * XML that they should be, of which there is the message only.
 */
function isNetworkFailure(error: Error & { status?: number }): boolean {
  return (
    typeof error.status === 'number' ||
    /^(ResponseTimeout|ConnectionTimeout|SocketAssignTimeout|RemoteSocketClosed)Error$/.test(error.name) ||
    /\nLine: \d+\nColumn: \d+\n/.test(error.message)
  )
}

function token(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.-]{1,100}$/.test(value) ? value : undefined
}
