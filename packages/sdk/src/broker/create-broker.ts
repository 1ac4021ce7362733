import { OsscryptError } from '../errors.js'
import { answerDataKey } from './answer-data-key.js'
import { actionOf } from './operations.js'
import { BrokerRefusal } from './broker-refusal.js'
import type { DataKeyQuestion, SignQuestion } from './broker-messages.js'
import { namedObject } from './named-object.js'
import { readQuestion } from './read-question.js'
import { RequestGuard } from './request-guard.js'
import { signQuestion } from './sign-question.js'
import type { BrokerAuditRecord, BrokerGrant, CreateBrokerOptions } from './broker-options.js'

/**
 * The endpoint of an application's own backend that pages ask for data keys and signed URLs: a handler of web requests. Credentials stay here.
 * It decides by what the application says and by what is configured, never by what a page says about itself.
 *
 * @throws TypeError, RangeError for options that cannot be.
 */
export function createBroker(options: CreateBrokerOptions): (request: Request) => Promise<Response> {
  const { origins, urlSeconds = 60, requestsPerMinute = 600 } = options
  if (origins.length === 0 || origins.some((origin) => new URL(origin).origin !== origin)) {
    throw new TypeError('`origins` are the origins of pages, such as https://app.example.com')
  }
  if (!Number.isInteger(urlSeconds) || urlSeconds < 1 || urlSeconds > 3600) {
    throw new RangeError('`urlSeconds` is from 1 to 3600')
  }
  if (!Number.isInteger(requestsPerMinute) || requestsPerMinute < 1) {
    throw new RangeError('`requestsPerMinute` is a whole number from 1')
  }
  const guard = new RequestGuard(requestsPerMinute)
  return async (request) => {
    const origin = request.headers.get('origin')
    if (origin === null || !origins.includes(origin)) return reply(403, undefined)
    if (request.method === 'OPTIONS') return reply(204, origin)
    if (request.method !== 'POST') return reply(405, origin)
    // A form cannot send this type, and another origin's script not without a preflight.
    if (!/^application\/json(;|$)/i.test(request.headers.get('content-type') ?? '')) return reply(415, origin)
    const question = await readQuestion(request)
    if (!question) return reply(400, origin)
    return answer(question, request, origin, guard, { ...options, urlSeconds })
  }
}

async function answer(
  question: DataKeyQuestion | SignQuestion,
  request: Request,
  origin: string,
  guard: RequestGuard,
  options: CreateBrokerOptions & { readonly urlSeconds: number },
): Promise<Response> {
  let user: string | undefined
  const record = (status: number): BrokerAuditRecord => {
    const time = new Date().toISOString()
    return { time, user, operation: operationOf(question), name: namedObject(question), status }
  }
  let status: number
  try {
    const grant = await authorized(question, request, options)
    user = grant.user
    const refused = guard.refuse(user, question.nonce, question.timeMs)
    if (refused) throw new BrokerRefusal(refused)
    const content =
      question.kind === 'sign'
        ? await signQuestion(question, options)
        : await answerDataKey(question, grant.encryptionContext ?? {}, options.dataKeys, request.signal)
    await options.audit(record(200))
    return reply(200, origin, content)
  } catch (error) {
    status = statusOf(error)
  }
  // What is refused stays refused, whether or not it could be written down.
  await Promise.resolve(options.audit(record(status))).catch(() => undefined)
  return reply(status, origin)
}

async function authorized(
  question: DataKeyQuestion | SignQuestion,
  request: Request,
  { authorize }: CreateBrokerOptions,
): Promise<BrokerGrant> {
  const name = namedObject(question)
  if (name === undefined) throw new BrokerRefusal(403)
  const action = question.kind === 'sign' ? actionOf(question) : question.encryptedDataKeys ? 'read' : 'write'
  if (action === null) throw new BrokerRefusal(403)
  const grant = await authorize(request, action, name)
  if (!grant) throw new BrokerRefusal(403)
  const source = question.kind === 'sign' ? question.copySource?.name : undefined
  if (source !== undefined && !(await authorize(request, 'read', source))) throw new BrokerRefusal(403)
  return grant
}

function operationOf(question: DataKeyQuestion | SignQuestion): string {
  if (question.kind === 'sign') return question.operation
  return question.encryptedDataKeys ? 'DecryptDataKey' : 'GenerateDataKey'
}

function statusOf(error: unknown): number {
  if (error instanceof BrokerRefusal) return error.status
  if (!(error instanceof OsscryptError)) return 500
  if (error.code === 'Throttled') return 429
  if (error.code === 'Unreachable' || error.code === 'ServiceFailure') return 502
  return 403
}

function reply(status: number, origin: string | undefined, content?: unknown): Response {
  const headers: Record<string, string> = {
    'cache-control': 'no-store',
    vary: 'Origin',
    'x-content-type-options': 'nosniff',
  }
  if (origin !== undefined) {
    headers['access-control-allow-origin'] = origin
    headers['access-control-allow-credentials'] = 'true'
    headers['access-control-allow-methods'] = 'POST'
    headers['access-control-allow-headers'] = 'content-type, authorization, x-csrf-token'
  }
  if (status === 204) return new Response(null, { status, headers })
  headers['content-type'] = 'application/json'
  return new Response(JSON.stringify(content ?? { error: status }), { status, headers })
}
