import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FaultEffect } from './fault-plan.js'
import { tapAnswer } from './tap-answer.js'

/** The effects that a service has to put in its own words: an answer with its error format, or a range of its object. */
export type ServiceEffect = Extract<FaultEffect, { kind: 'throttle' | 'error' | 'lie-range' }>

/** The effects that are the same for every HTTP service. */
export type SocketEffect = Exclude<FaultEffect, ServiceEffect>

/** Tells whether {@link playFault} plays the effect; the others are the service's own matter. */
export function isSocketEffect(effect: FaultEffect): effect is SocketEffect {
  return effect.kind !== 'throttle' && effect.kind !== 'error' && effect.kind !== 'lie-range'
}

/**
 * Plays an effect on a request that is about to be carried out. Call it before a byte of the answer is written and before the
 * request's body is read.
 *
 * @returns `answered` when there is nothing left to do; `go-on` when the operation is to be carried out and answered as usual, with
 *   the effect waiting on the way. Writers of an answer have to stop waiting when the response closes: after a stall or a cut it
 *   never drains.
 */
export async function playFault(
  effect: SocketEffect,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<'answered' | 'go-on'> {
  switch (effect.kind) {
    case 'html':
      answerLikeProxy(response)
      return 'answered'
    case 'delay':
      await waitOrClose(effect.delayMs, response)
      return response.destroyed ? 'answered' : 'go-on'
    case 'drop-answer':
      dropAnswer(response)
      return 'go-on'
    case 'corrupt':
      corruptAnswer(response, effect.atByte)
      return 'go-on'
    case 'stall':
      endAnswerEarly(response, effect.afterBytes, () => undefined)
      return 'go-on'
    case 'cut':
      if (effect.of === 'request') return cutRequest(request, effect.afterBytes)
      endAnswerEarly(response, effect.afterBytes, () => response.destroy())
      return 'go-on'
  }
}

const PROXY_PAGE =
  '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n'

function answerLikeProxy(response: ServerResponse): void {
  response.writeHead(502, { 'content-type': 'text/html', 'content-length': Buffer.byteLength(PROXY_PAGE) })
  response.end(PROXY_PAGE)
}

function waitOrClose(delayMs: number, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer)
      response.off('close', finish)
      resolve()
    }
    const timer = setTimeout(finish, delayMs)
    response.once('close', finish)
  })
}

function dropAnswer(response: ServerResponse): void {
  const drop = (): ServerResponse => response.destroy()
  response.writeHead = drop
  response.end = drop
  response.flushHeaders = drop
  response.write = () => {
    drop()
    return false
  }
}

function corruptAnswer(response: ServerResponse, atByte: number): void {
  const take = (bytes: Buffer, offset: number): { send: Buffer; goOn: true } => {
    const index = atByte - offset
    const byte = bytes[index]
    if (byte === undefined) return { send: bytes, goOn: true }
    const send = Buffer.from(bytes)
    send[index] = byte ^ 1
    return { send, goOn: true }
  }
  tapAnswer(response, take, () => undefined)
}

/** An answer that is no longer than `afterBytes` is left whole, unless it is to stop before its first byte. */
function endAnswerEarly(response: ServerResponse, afterBytes: number, stop: () => void): void {
  const take = (bytes: Buffer, offset: number): { send: Buffer; goOn: boolean } => {
    const left = Math.max(afterBytes - offset, 0)
    return bytes.length > left || afterBytes === 0
      ? { send: bytes.subarray(0, left), goOn: false }
      : { send: bytes, goOn: true }
  }
  tapAnswer(response, take, stop)
}

/** Counts what the parser hands over, which is the moment of arrival; listening to `data` would start the reading too early. */
function cutRequest(request: IncomingMessage, afterBytes: number): 'answered' | 'go-on' {
  let arrived = request.readableLength
  if (arrived >= afterBytes) {
    request.destroy()
    return 'answered'
  }
  const push = request.push.bind(request)
  request.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (!(chunk instanceof Uint8Array)) return push(chunk, encoding)
    const left = afterBytes - arrived
    arrived += chunk.length
    if (chunk.length < left) return push(chunk, encoding)
    if (left > 0) push(chunk.subarray(0, left))
    request.destroy()
    return false
  }
  return 'go-on'
}
