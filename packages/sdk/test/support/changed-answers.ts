import type OSS from 'ali-oss'
import { vi } from 'vitest'

/** An answer that is about to be changed. */
export interface ChangingAnswer {
  readonly headers: Record<string, string>
  /** Counts the answers of this kind from 0. */
  readonly count: number
  /** The request's `Range`. */
  readonly range: string | undefined
}

type Operation = 'getStream' | 'head'

interface Client {
  call(name: string, options?: { headers?: Record<string, string> }): Promise<{ res: object }>
}

/**
 * Changes what an ali-oss client answers with, until mocks are restored.
 *
 * @param change May be asynchronous, and so act between two requests.
 */
export function changeAnswers(
  oss: OSS,
  operation: Operation,
  change: (answer: ChangingAnswer) => void | Promise<void>,
): void {
  const honest = (oss[operation] as unknown as Client['call']).bind(oss)
  let count = 0
  vi.spyOn(oss, operation).mockImplementation((async (...args: Parameters<Client['call']>) => {
    const answer = await honest(...args)
    const { headers } = answer.res as { headers: Record<string, string> }
    await change({ headers, count: count++, range: args[1]?.headers?.['Range'] })
    return answer
  }) as never)
}

/** The headers of an object's envelope, and no others. */
function envelopeOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-oss-meta-x-oss-meta-')))
}

/** Puts another object's envelope into an answer. */
export function replaceEnvelope(headers: Record<string, string>, other: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(envelopeOf(headers))) Reflect.deleteProperty(headers, name)
  Object.assign(headers, envelopeOf(other))
}
