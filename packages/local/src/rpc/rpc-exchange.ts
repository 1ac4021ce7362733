import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServiceName } from '../faults/fault-plan.js'
import { isSocketEffect, playFault } from '../faults/play-fault.js'
import { readBody } from '../http/read-body.js'
import type { ServiceOptions } from '../http/service.js'
import { type ToldError, errorBody, sendJson } from './answer.js'
import { type FaultWords, faultAnswer } from './fault-answer.js'
import { RpcError, rpcError, unknownActionText } from './rpc-error.js'
import { type RpcRequest, completeRequest, readHead } from './rpc-request.js'

/** A service whose actions are called in the RPC style. */
export interface RpcService<O extends { readonly name: string }> {
  readonly name: ServiceName
  /** Its name in answers. */
  readonly product: string
  readonly apiVersion: string
  readonly operations: ReadonlyMap<string, O>
  readonly faultWords: FaultWords
}

/** What a service's requests are answered with. */
export interface RpcSetting<O> {
  readonly options: Pick<ServiceOptions, 'faults' | 'onRequest' | 'now'>
  /** Checks who asks, and does it. Its RpcErrors become answers. */
  readonly answer: (operation: O, request: RpcRequest) => Promise<object>
}

/** The longest body that is read; no operation's parameters come near it. */
const maxBodyLength = 1024 * 1024

/** Answers one request, whatever it is; never rejects. */
export async function answerRpc<O extends { readonly name: string }>(
  service: RpcService<O>,
  { options, answer }: RpcSetting<O>,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomUUID()
  // Clients set their clock by it when a request's time is refused: it has to be the clock that refused it.
  response.setHeader('date', new Date(options.now()).toUTCString())
  const fail = (error: ToldError): void => {
    sendJson(response, error.status, requestId, errorBody(service.product, requestId, incoming.headers.host, error))
  }
  /** Notes the request and plays its fault. True when that answered it. */
  const begin = async (operation: O): Promise<boolean> => {
    options.onRequest?.({ operation: operation.name, method: incoming.method ?? '', url: incoming.url ?? '' })
    const effect = options.faults.take(service.name, operation.name)
    if (effect === undefined) return false
    if (isSocketEffect(effect)) return (await playFault(effect, incoming, response)) === 'answered'
    const told = faultAnswer(effect, service.faultWords)
    if (told !== undefined) fail(told)
    return told !== undefined
  }
  const find = (action: string): O => {
    const operation = service.operations.get(action)
    if (operation === undefined) throw rpcError('InvalidAction.NotFound', unknownActionText(service.product, action))
    return operation
  }
  try {
    const head = readHead(incoming)
    // Faults on the way of the body have to be set up before it is read; an action in the body is known only after.
    const early = head.action === undefined ? undefined : find(head.action)
    if (early !== undefined && (await begin(early))) return
    const body = await readBody(incoming, maxBodyLength)
    if (body === null) {
      response.setHeader('connection', 'close')
      throw rpcError('RequestEntityTooLarge')
    }
    const request = completeRequest(head, body, service.apiVersion)
    const operation = early ?? find(request.action)
    if (early === undefined && (await begin(operation))) return
    sendJson(response, 200, requestId, { RequestId: requestId, ...(await answer(operation, request)) })
  } catch (error) {
    if (response.headersSent || response.destroyed || incoming.socket.destroyed) response.destroy()
    else if (error instanceof RpcError) fail(error)
    else fail({ status: 500, code: service.faultWords.internalCode, message: 'Internal Failure' })
  }
}
