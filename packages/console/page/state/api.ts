import type { ApiError, ConsoleApi } from '../../src/api/messages.js'
import { authorization } from './token.js'

/** What the console's server answered instead of what was asked. */
export class ApiFailure extends Error {
  readonly code: ApiError['code'] | 'Unauthorized' | 'Unreachable'
  readonly service: ApiError['service']

  constructor(code: ApiFailure['code'], service?: ApiError['service']) {
    super(code)
    this.code = code
    this.service = service
  }
}

/** Asks the console's server. @throws ApiFailure; the signal's reason. */
export async function ask<Name extends keyof ConsoleApi>(
  name: Name,
  question: ConsoleApi[Name]['question'],
  signal?: AbortSignal,
): Promise<ConsoleApi[Name]['answer']> {
  let response: Response
  try {
    response = await fetch(`/api/${name}`, {
      method: 'POST',
      headers: { ...authorization(), 'content-type': 'application/json' },
      body: JSON.stringify(question),
      ...(signal && { signal }),
    })
  } catch {
    signal?.throwIfAborted()
    throw new ApiFailure('Unreachable')
  }
  if (response.status === 401 || response.status === 403) throw new ApiFailure('Unauthorized')
  const answer: unknown = await response.json().catch(() => null)
  if (response.ok) return answer as ConsoleApi[Name]['answer']
  const { code = 'Internal', service } = (answer ?? {}) as Partial<ApiError>
  throw new ApiFailure(code, service)
}
