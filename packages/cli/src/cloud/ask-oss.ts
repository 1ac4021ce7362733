import { ServiceError, type RetryPolicy, type ServiceErrorCode } from 'osscrypt'
import { setTimeout as wait } from 'node:timers/promises'

const byStatus: readonly (readonly [from: number, to: number, code: ServiceErrorCode, retryable: boolean])[] = [
  [401, 403, 'AccessDenied', false],
  [404, 404, 'NotFound', false],
  [429, 429, 'Throttled', true],
  [500, 599, 'ServiceFailure', true],
]

/**
 * Asks OSS for something that is read only, with retries.
 *
 * @throws ServiceError, made new: the texts of ali-oss's errors hold signed URLs and parts of answers. The signal's reason.
 */
export async function askOss<Answer>(
  operation: string,
  ask: () => Promise<Answer>,
  { retry, signal }: { readonly retry: RetryPolicy; readonly signal: AbortSignal },
): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    try {
      return await unlessAborted(ask(), signal)
    } catch (error) {
      signal.throwIfAborted()
      const failure = toServiceError(operation, error)
      if (!failure.retryable || attempt >= retry.maxAttempts) throw failure
    }
    await wait(retry.delayMs(attempt + 1), undefined, { signal }).catch(() => undefined)
  }
}

function unlessAborted<Answer>(work: Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

function toServiceError(operation: string, error: unknown): ServiceError {
  const { status, code, requestId } = error as { status?: unknown; code?: unknown; requestId?: unknown }
  const answered = typeof status === 'number' && status > 0
  const [, , meaning, retryable] = answered
    ? (byStatus.find(([from, to]) => status >= from && status <= to) ?? [0, 0, 'Rejected' as const, false])
    : [0, 0, 'Unreachable' as const, true]
  const word = (value: unknown) => (typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) ? value : undefined)
  const facts = [
    word(code),
    answered ? `HTTP ${status}` : undefined,
    word(requestId) && `RequestId ${word(requestId) ?? ''}`,
  ]
  return new ServiceError(
    meaning,
    `${operation}: ${explanations[meaning] ?? 'OSS refuses'} (${facts.filter(Boolean).join(', ')})`,
    {
      service: 'oss',
      retryable,
      status: answered ? status : undefined,
      serviceCode: word(code),
      requestId: word(requestId),
    },
  )
}

const explanations: Partial<Record<ServiceErrorCode, string>> = {
  AccessDenied: 'OSS denies access',
  NotFound: 'there is no such bucket',
  Throttled: 'OSS is throttling',
  ServiceFailure: 'OSS failed',
  Unreachable: 'OSS cannot be reached',
}
