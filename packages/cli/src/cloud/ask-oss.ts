import { type RetryPolicy, type ServiceError } from 'osscrypt'
import { ossError } from 'osscrypt/oss'
import { setTimeout as wait } from 'node:timers/promises'

/**
 * Asks OSS for something of which a second time does no harm, with retries.
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

/** Work that nobody waits for any more when the signal is aborted: ali-oss cannot be told. It does not keep the signal's listener. */
async function unlessAborted<Answer>(work: Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  let abort: () => void = () => undefined
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error)
  })
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function toServiceError(operation: string, error: unknown): ServiceError {
  const { status, code, requestId } = error as { status?: unknown; code?: unknown; requestId?: unknown }
  const answered = typeof status === 'number' && status > 0
  const word = (value: unknown) => (typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) ? value : undefined)
  return ossError(operation, {
    status: answered ? status : undefined,
    serviceCode: answered ? word(code) : undefined,
    reason: answered ? undefined : word(code),
    requestId: word(requestId),
  })
}
