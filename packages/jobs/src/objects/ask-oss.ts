import { fullJitter, type RetryPolicy } from 'osscrypt'
import { ossError } from 'osscrypt/oss'
import { setTimeout as wait } from 'node:timers/promises'

/** How requests that jobs send themselves are repeated. */
export interface AskOptions {
  readonly retry?: RetryPolicy | undefined
  readonly signal?: AbortSignal | undefined
}

const defaultRetry = fullJitter()

/**
 * Asks OSS for something that is read only, with retries.
 *
 * @throws ServiceError, made new: the texts of ali-oss's errors hold signed URLs and parts of answers. The signal's reason.
 */
export async function askOss<Answer>(
  operation: string,
  ask: () => Promise<Answer>,
  { retry = defaultRetry, signal }: AskOptions,
): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted()
    try {
      return await ask()
    } catch (error) {
      signal?.throwIfAborted()
      const failure = toServiceError(operation, error)
      if (!failure.retryable || attempt >= retry.maxAttempts) throw failure
    }
    await wait(retry.delayMs(attempt + 1), undefined, { signal })
  }
}

/** The typed error for what an ali-oss client threw. */
export function toServiceError(operation: string, error: unknown): ReturnType<typeof ossError> {
  const { status, code, requestId } = error as { status?: unknown; code?: unknown; requestId?: unknown }
  const word = (value: unknown) => (typeof value === 'string' && /^[\w.-]{1,64}$/.test(value) ? value : undefined)
  return ossError(operation, {
    status: typeof status === 'number' && status > 0 ? status : undefined,
    serviceCode: word(code),
    requestId: word(requestId),
  })
}
