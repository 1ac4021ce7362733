import type { IncomingMessage } from 'node:http'
import { invalidText, missingText, rpcError } from './rpc-error.js'

/** A request in the RPC style: an action, and parameters in the query and, for a POST, in a form. */
export interface RpcRequest {
  readonly method: string
  /** Each header's values by its lower-case name. */
  readonly headers: ReadonlyMap<string, readonly string[]>
  readonly query: ReadonlyMap<string, string>
  readonly form: ReadonlyMap<string, string>
  readonly body: Buffer
  readonly action: string
}

/** What the head of a request says, before its body is read. `action` is undefined when it can only be in the body. */
export interface RpcRequestHead extends Omit<RpcRequest, 'form' | 'body' | 'action'> {
  readonly action: string | undefined
}

/** @throws {RpcError} for another method, path or API version. */
export function readHead(request: IncomingMessage): RpcRequestHead {
  const method = request.method ?? ''
  if (method !== 'GET' && method !== 'POST') throw rpcError('UnsupportedHTTPMethod')
  const target = request.url ?? ''
  const queryStart = target.indexOf('?')
  if ((queryStart < 0 ? target : target.slice(0, queryStart)) !== '/') throw rpcError('InvalidAction.NotFound')
  const query = readPairs(queryStart < 0 ? '' : target.slice(queryStart + 1))
  const headers = new Map(Object.entries(request.headersDistinct).map(([name, values]) => [name, values ?? []]))
  return { method, headers, query, action: headers.get('x-acs-action')?.[0] ?? query.get('Action') }
}

/** @throws {RpcError} when there is no action, two different ones, or the version of another API. */
export function completeRequest(head: RpcRequestHead, body: Buffer, apiVersion: string): RpcRequest {
  const type = head.headers.get('content-type')?.[0] ?? ''
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(type)
  const form = isForm ? readPairs(body.toString('utf8')) : new Map<string, string>()
  for (const name of form.keys()) if (head.query.has(name)) throw rpcError('InvalidParameter', invalidText(name))
  const action = head.action ?? form.get('Action')
  if (action === undefined || action === '') throw rpcError('MissingParameter', missingText('Action'))
  const named = head.query.get('Action') ?? form.get('Action')
  if (named !== undefined && named !== action) throw rpcError('InvalidParameter', invalidText('Action'))
  const version = head.headers.get('x-acs-version')?.[0] ?? head.query.get('Version') ?? form.get('Version')
  if (version !== apiVersion) throw rpcError('InvalidVersion')
  return { ...head, form, body, action }
}

/** A parameter twice has no one meaning, and is signed in none. */
function readPairs(text: string): Map<string, string> {
  const pairs = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(text)) {
    if (pairs.has(name)) throw rpcError('InvalidParameter', invalidText(name))
    pairs.set(name, value)
  }
  return pairs
}
