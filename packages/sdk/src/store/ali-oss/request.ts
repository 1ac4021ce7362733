import { Readable } from 'node:stream'
import { OsscryptError } from '../../errors.js'
import type { AliOssClient, AliOssResult, UrllibResponse } from './client.js'
import { AliOssSigning, credentialsUnavailable } from './signing.js'
import { ControlledRequest } from './controlled-request.js'
import { isPlainHeaderValue, utf8TextOf } from '../header-text.js'
import { answerOf } from './http-answer.js'
import { describeNetworkFailure } from './network-failure.js'
import type { StoreAnswer, UploadBody } from '../object-store.js'
import { badAnswer, ossError, token } from '../store-error.js'

/** A request that is to be sent, and the answer that OSS has for it. */
export interface AliOssOperation {
  /** As OSS calls it. */
  readonly operation: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly signal?: AbortSignal | undefined
  /** The answer's root element, where it is XML. */
  readonly root?: string | undefined
  /** The longest answer that is taken. Default 64 KiB. */
  readonly maxAnswerLength?: number | undefined
  /** Whether it can be sent a second time. Default true. */
  readonly repeatable?: boolean | undefined
}

/** An answer, and its body where that is not handed out as a stream. */
export type AliOssAnswer = StoreAnswer & { readonly text?: string }

/**
 * Sends one request through an `ali-oss` client, and gives its answer or its failure a shape that does not depend on ali-oss. A request that is
 * refused for credentials or a clock that can be put right is sent a second time.
 *
 * @param send Sends it, with the client that it is given and the headers that go with it.
 * @throws ServiceError; TypeError for what cannot be sent; the signal's reason; what the request was ended with.
 */
export type AliOssRequest = <Result extends AliOssResult>(
  operation: AliOssOperation,
  send: (request: ControlledRequest, headers: Record<string, string>) => Promise<Result>,
) => Promise<{ readonly answer: AliOssAnswer; readonly result: Result }>

const DEFAULT_MAX_ANSWER_LENGTH = 64 * 1024

/** @param idleTimeoutMs How long a request may stand still. */
export function createAliOssRequest(client: AliOssClient, idleTimeoutMs: number): AliOssRequest {
  const signing = new AliOssSigning(client)

  return async (operation, send) => {
    const { text: headers, isPlain } = headerTexts(operation)
    let correct = () => signing.ready()
    for (let again = operation.repeatable ?? true; ; again = false) {
      const request = new ControlledRequest(client, {
        idleTimeoutMs,
        signal: operation.signal,
        maxAnswerLength: operation.maxAnswerLength ?? DEFAULT_MAX_ANSWER_LENGTH,
        // In this encoding, ali-oss makes bytes of texts as it sends and signs them.
        settings: { ...signing.settings, ...(!isPlain && { headerEncoding: 'latin1' }) },
      })
      let signedWith
      try {
        request.standstill = () => credentialsUnavailable("the store's `refreshSTSToken` does not answer")
        await request.unlessEnded(correct())
        signedWith = signing.token
        request.standstill = () => standstillOf(operation.operation, request)
        const result = await request.unlessEnded(send(request, { ...headers }))
        return { answer: checkedAnswer(operation, request, result), result }
      } catch (thrown) {
        const error = request.failure ?? toOssError(operation.operation, request, thrown)
        const correction = signing.correction(error, signedWith, request.refusal?.serverTimeMs)
        if (!again || !correction) throw error
        correct = correction
      } finally {
        request.release()
      }
    }
  }
}

/** A body as the stream that is sent; every piece that is taken counts as movement. */
export function sentBody(body: UploadBody, request: ControlledRequest): Readable {
  return request.sends(Readable.from(watched(body, request), { objectMode: false }))
}

/** What a body fails with is kept from ali-oss, which would write into it. */
async function* watched(body: UploadBody, request: ControlledRequest): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body.open()) {
      request.moved()
      yield chunk
    }
  } catch (error) {
    request.fail(error as Error)
    // eslint-disable-next-line preserve-caught-error -- see above
    throw new Error('the body cannot be read')
  }
}

/** The texts that ali-oss is to make headers of. */
function headerTexts({ operation, headers = {} }: AliOssOperation) {
  const text: Record<string, string> = {}
  let isPlain = true
  for (const [name, value] of Object.entries(headers)) {
    const utf8 = utf8TextOf(value)
    if (utf8 === null) throw new TypeError(`${operation}: header ${name} is neither ASCII nor the bytes of UTF-8`)
    isPlain &&= isPlainHeaderValue(value)
    text[name] = utf8
  }
  return { text, isPlain }
}

function standstillOf(operation: string, { refusal, answer }: ControlledRequest): Error {
  // Of an error whose text does not come, the status is left.
  if (!refusal && answer && answer.status >= 300) return ossError(operation, answer)
  return ossError(operation, { reason: 'nothing moved in time' })
}

/** What came of a request that ali-oss is content with. */
function checkedAnswer(
  { operation, root }: AliOssOperation,
  { answer }: ControlledRequest,
  result: AliOssResult,
): AliOssAnswer {
  // A client that passes on to another one has sent it by other ways.
  if (!answer) return answerOf(result.res as UrllibResponse)
  const starts =
    root === undefined || new RegExp(`^\\ufeff?\\s*(<\\?xml[^>]*>\\s*)?<${root}[\\s>]`).test(answer.text ?? '')
  if (!starts) throw badAnswer(operation, 'something else than it was asked for', answer)
  return answer
}

/** The typed error for what ali-oss threw. Its message is left behind: it may hold URLs with signatures, and parts of the answer. */
function toOssError(operation: string, { refusal, networkFailure, answer }: ControlledRequest, thrown: unknown): Error {
  if (thrown instanceof OsscryptError) return thrown
  if (refusal) return ossError(operation, refusal)
  if (networkFailure) {
    const failure = describeNetworkFailure(operation, networkFailure.error)
    return failure instanceof TypeError ? failure : ossError(operation, failure)
  }
  if (answer) return badAnswer(operation, 'what makes no sense', answer)
  // Nothing was sent from here: by a client that passes on to another one, or not at all.
  return fromAliOss(operation, thrown) ?? (thrown instanceof RangeError ? thrown : unsendable(operation, thrown))
}

/** The error for one of ali-oss's own, which has the answer's status, or a negative one when there was none. */
function fromAliOss(operation: string, thrown: unknown): Error | undefined {
  const { status, code, requestId } = (thrown ?? {}) as Readonly<Record<string, unknown>>
  if (typeof status !== 'number') return undefined
  if (status >= 300) return ossError(operation, { status, serviceCode: token(code), requestId: token(requestId) })
  return ossError(operation, { reason: token(code) })
}

function unsendable(operation: string, thrown: unknown): TypeError {
  if (thrown instanceof TypeError) return thrown
  return new TypeError(
    `${operation}: ali-oss cannot send this: ${thrown instanceof Error ? thrown.message : 'unknown'}`,
  )
}
