import { encodeBase64 } from '../bytes/base64.js'
import { ServiceError } from '../errors.js'
import { ossError } from '../store/store-error.js'
import type { RequestToSign, SignedRequest } from '../store/presigned/presigned-store.js'
import type { DataKeyQuestion, SignQuestion } from './broker-messages.js'

/** Where a page's broker is. */
export interface BrokerOptions {
  /** The URL of the broker, on the application's own backend. */
  readonly url: string
  /** Headers that tell the application who asks; cookies are sent by themselves. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch | undefined
}

type Unstamped<Question> = Omit<Question, 'nonce' | 'timeMs'>

/** Marks a question as one that no other repeats. */
export function stamp<Question>(question: Question): Question & { nonce: string; timeMs: number } {
  return { ...question, nonce: encodeBase64(crypto.getRandomValues(new Uint8Array(16))), timeMs: Date.now() }
}

/** Asks the broker one question. @throws ServiceError with what the broker refused for; the signal's reason. */
export async function askBroker(
  { url, headers, fetch = globalThis.fetch.bind(globalThis) }: BrokerOptions,
  service: 'kms' | 'oss',
  question: DataKeyQuestion | SignQuestion,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const settings = {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(question),
    credentials: 'include',
    redirect: 'error',
    cache: 'no-store',
    ...(signal && { signal }),
  } as const
  let response: Response
  try {
    response = await fetch(url, settings)
  } catch (cause) {
    if (signal?.aborted) throw signal.reason
    if (!(cause instanceof TypeError)) throw cause
    throw new ServiceError('Unreachable', 'the broker cannot be reached', { service, retryable: true })
  }
  const answer: unknown = await response.json().catch(() => null)
  if (!response.ok) throw refusal(service, response.status)
  return answer
}

function refusal(service: 'kms' | 'oss', status: number): ServiceError {
  const details = { service, status }
  if (status === 429) return new ServiceError('Throttled', 'the broker is throttling', { ...details, retryable: true })
  if (status >= 500) return new ServiceError('ServiceFailure', 'the broker failed', { ...details, retryable: true })
  if (status === 401 || status === 403) return new ServiceError('AccessDenied', 'the broker denies it', details)
  return new ServiceError('Rejected', 'the broker rejected the request', details)
}

/** The `sign` of a PresignedStore that has its requests signed by a broker. */
export function signByBroker(broker: BrokerOptions): (request: RequestToSign) => Promise<SignedRequest> {
  return async ({ signal, operation, method, name, query, headers, copySource }) => {
    const question = { kind: 'sign', operation, method, name, query, headers, copySource } as const
    const answer = await askBroker(broker, 'oss', stamp<Unstamped<SignQuestion>>(question), signal)
    const { url, headers: own } = (answer ?? {}) as Partial<SignedRequest>
    if (typeof url !== 'string') throw ossError(operation, { reason: 'the broker gave no URL', passing: false })
    return { url, headers: own }
  }
}
