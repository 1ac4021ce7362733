import { Readable } from 'node:stream'
import { OsscryptError } from '../../errors.js'
import type { AliOssClient, AliOssResult } from './client.js'
import { ControlledRequest } from './controlled-request.js'
import type { StoreAnswer, UploadBody } from '../object-store.js'
import { ossError } from '../store-error.js'

/**
 * Sends one request through an `ali-oss` client, and gives its answer or its failure a shape that does not depend on ali-oss.
 *
 * @throws ServiceError; the signal's reason; what the request was ended with.
 */
export type AliOssRequest = <Result extends AliOssResult>(
  operation: string,
  signal: AbortSignal | undefined,
  send: (request: ControlledRequest) => Promise<Result>,
) => Promise<{ readonly answer: StoreAnswer; readonly result: Result }>

/** @param idleTimeoutMs How long an upload, or the text of an error, may stand still. */
export function createAliOssRequest(client: AliOssClient, idleTimeoutMs: number): AliOssRequest {
  return async (operation, signal, send) => {
    const request = new ControlledRequest(
      client,
      idleTimeoutMs,
      () => ossError(operation, { reason: 'nothing moved in time' }),
      signal,
    )
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

/** A body as the stream that is sent; every piece that is taken counts as movement. */
export function sentBody(body: UploadBody, request: ControlledRequest): Readable {
  return Readable.from(watched(body, request), { objectMode: false })
}

/** What a body fails with is kept from ali-oss, which would write into it. */
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
