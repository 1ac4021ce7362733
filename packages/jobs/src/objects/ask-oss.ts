import { fullJitter, ServiceError, type RetryPolicy } from 'osscrypt'
import { ossError } from 'osscrypt/oss'
import { setTimeout as wait } from 'node:timers/promises'

/** How requests that jobs send themselves are repeated. */
export interface AskOptions {
  readonly retry?: RetryPolicy | undefined
  readonly signal?: AbortSignal | undefined
  /** How long an answer, or the next piece of one, may take. Default a minute. */
  readonly timeoutMs?: number | undefined
}

const defaultRetry = fullJitter()

/**
 * Asks OSS for something of which a second time does no harm, with retries.
 *
 * @throws ServiceError, made new: the texts of ali-oss's errors hold signed URLs and parts of answers. The signal's reason.
 */
export async function askOss<Answer>(
  operation: string,
  ask: () => Promise<Answer>,
  { retry = defaultRetry, ...waiting }: AskOptions,
): Promise<Answer> {
  const { signal } = waiting
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted()
    try {
      return await waitForAnswer(operation, ask(), waiting)
    } catch (error) {
      signal?.throwIfAborted()
      const failure = error instanceof ServiceError ? error : toServiceError(operation, error)
      if (!failure.retryable || attempt >= retry.maxAttempts) throw failure
    }
    await wait(retry.delayMs(attempt + 1), undefined, { signal })
  }
}

/** Waits for an answer, but not for ever, and not when the signal is aborted: ali-oss cannot be told of either. @throws ServiceError, the signal's reason. */
export async function waitForAnswer<Answer>(
  operation: string,
  asking: Promise<Answer>,
  { signal, timeoutMs = 60_000 }: Pick<AskOptions, 'signal' | 'timeoutMs'>,
): Promise<Answer> {
  let end = (): void => undefined
  const ended = new Promise<never>((_, reject) => {
    const late = () =>
      new ServiceError('Unreachable', `${operation}: OSS did not answer`, { service: 'oss', retryable: true })
    const timer = setTimeout(() => reject(late()), timeoutMs)
    const abort = () => reject(signal?.reason as Error)
    signal?.addEventListener('abort', abort)
    end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  })
  try {
    return await Promise.race([asking, ended])
  } finally {
    end()
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
