import { readWebStream } from '../../bytes/web-stream.js'
import { ServiceError } from '../../errors.js'
import { startIdleTimer } from '../../retry/idle-timer.js'
import { linkAbort, type LinkedAbort } from '../../retry/linked-abort.js'
import { abortable } from '../../retry/retry.js'
import type { UploadBody } from '../object-store.js'
import { RestStore } from '../rest/rest-store.js'
import type { RestAnswer, RestRequest } from '../rest/rest-transport.js'
import { ossError } from '../store-error.js'
import type { OssV2Body, OssV2Client, OssV2Output } from './oss-v2-client.js'

/** OSS through a client of the coming `@alicloud/oss-v2`, whose settings (region, endpoint, credentials, signature version) all apply. */
export class OssV2Store extends RestStore {
  /**
   * @param bucket The client is for all of them.
   * @param options `requireCrc64`: whether an answer without the checksum of what was stored is refused. Default true.
   */
  constructor(
    client: OssV2Client,
    bucket: string,
    { requireCrc64 = true }: { requireCrc64?: boolean | undefined } = {},
  ) {
    if (typeof bucket !== 'string' || bucket === '')
      throw new TypeError('a client of oss-v2 needs a `bucket` beside it')
    super((request) => send(client, bucket, request), requireCrc64)
  }
}

async function send(client: OssV2Client, bucket: string, request: RestRequest): Promise<RestAnswer> {
  const { operation, method, name, query, copySource, body, idleTimeoutMs = 0, signal } = request
  const link = linkAbort(signal)
  const timer = startIdleTimer(idleTimeoutMs, () => {
    link.abort(ossError(operation, { reason: 'nothing moved in time' }))
  })
  let failure: unknown
  const input = {
    opName: operation,
    method,
    bucket,
    ...(name !== undefined && { key: name }),
    headers: { ...request.headers, ...(copySource && { 'x-oss-copy-source': formatSource(bucket, copySource) }) },
    ...(query && { parameters: query }),
    ...(body && { body: toBody(body, timer.moved, (error) => (failure ??= error)) }),
    // A HEAD would keep its connection.
    ...(method === 'GET' && { opMetadata: { 'response-stream': true } }),
  }
  try {
    // Retries and limits of time are ours: a slow reader is not to be cut off.
    const options = { signal: link.signal, retryMaxAttempts: 1, readWriteTimeoutMs: 0 }
    // Its credentials callback does not hear of the signal.
    const output = await abortable(client.invokeOperation(input, options), link.signal, () => {
      link.abort()
    })
    return { status: output.statusCode, headers: output.headers, body: readBody(operation, output, link) }
  } catch (error) {
    link.release()
    if (failure instanceof Error) throw failure
    if (link.signal.aborted) throw link.signal.reason
    throw errorOf(operation, error)
  } finally {
    timer.stop()
  }
}

/** A body as that client sends it. It does not hold bodies to their length: what is too long or too short would hang, or go out. */
function toBody(body: UploadBody, moved: () => void, fail: (error: unknown) => void): Uint8Array | OssV2Body {
  const { bytes, length, rereadable } = body
  if (bytes) return bytes
  const source = () => {
    const iterator = body.open()[Symbol.asyncIterator]()
    let sent = 0
    const read = async (): Promise<Uint8Array | null> => {
      try {
        const next = await iterator.next()
        moved()
        if (!next.done) sent += next.value.length
        const wrong = length !== undefined && (sent > length || (next.done === true && sent < length))
        if (wrong) throw new RangeError('the body is not as long as it was said to be')
        return next.done ? null : next.value
      } catch (error) {
        fail(error)
        // eslint-disable-next-line preserve-caught-error -- it is the caller's, and passed on untouched; a client would write into it
        throw new Error('the body cannot be read')
      }
    }
    return { read, cancel: () => void iterator.return?.().catch(() => undefined) }
  }
  return { length, oneShot: !rereadable, source }
}

/**
 * The bytes of an answer. Their end is believed only when as many have come as were announced: the client gives an end for a connection that broke, too.
 */
async function* readBody(
  operation: string,
  { headers, body }: OssV2Output,
  link: LinkedAbort,
): AsyncGenerator<Uint8Array> {
  let ended = false
  try {
    const stream = body?.stream()
    const chunks = stream && ('getReader' in stream ? readWebStream(stream) : readChunks(stream))
    let length = 0
    for await (const chunk of chunks ?? []) {
      link.signal.throwIfAborted()
      length += chunk.length
      yield chunk
    }
    link.signal.throwIfAborted()
    const announced = headers['content-length']
    if (body && announced !== undefined && length < Number(announced)) {
      throw ossError(operation, { reason: 'the answer ended early' })
    }
    ended = true
  } finally {
    link.release()
    // Nothing else ends the connection of a body that is left early.
    if (!ended) link.abort()
  }
}

async function* readChunks(stream: { read(): Promise<Uint8Array | null> }): AsyncGenerator<Uint8Array> {
  for (let chunk = await stream.read(); chunk !== null; chunk = await stream.read()) yield chunk
}

/** The typed error for what the client threw. Its own texts are left behind: they hold URLs and parts of answers. */
function errorOf(operation: string, thrown: unknown): Error {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    const { name, statusCode, code, requestId, headers } = error as Error & Record<string, unknown>
    if (name === 'ServiceError' && typeof statusCode === 'number') {
      const known = typeof code === 'string' && code !== 'BadErrorResponse' ? code : undefined
      const details = { status: statusCode, serviceCode: known, requestId: requestIdOf(requestId, headers) }
      return ossError(operation, details)
    }
    if (name === 'CredentialsError') {
      return new ServiceError('CredentialsUnavailable', 'the credentials of the OSS client cannot be had', {
        service: 'oss',
      })
    }
    if (name === 'ParamInvalidError' || name === 'ParamRequiredError') return new TypeError(`${operation}: ${name}`)
  }
  return ossError(operation, {})
}

function requestIdOf(requestId: unknown, headers: unknown): string | undefined {
  if (typeof requestId === 'string' && requestId !== '') return requestId
  const header = (headers as Record<string, unknown> | undefined)?.['x-oss-request-id']
  return typeof header === 'string' ? header : undefined
}

function formatSource(bucket: string, { name, versionId }: NonNullable<RestRequest['copySource']>): string {
  const version = versionId === undefined ? '' : `?versionId=${encodeURIComponent(versionId)}`
  return `/${bucket}/${name.split('/').map(encodeURIComponent).join('/')}${version}`
}
