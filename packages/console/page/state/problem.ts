import { ApiFailure } from './api.js'

/** What went wrong, as the page tells it. */
export interface Problem {
  readonly code: string
  readonly service?: string | undefined
  /** OSS's own code, where it tells more. */
  readonly serviceCode?: string | undefined
}

/** The errors that say that an object is not what its writer stored there. */
const TAMPERED = new Set(['IntegrityFailed', 'BindingMismatch', 'InvalidFormat', 'WrongContext'])

/** What kind of error it is; its text is not shown. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ApiFailure) return { code: error.code, service: error.service }
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    const { service, serviceCode } = error as { readonly service?: string; readonly serviceCode?: string }
    return { code: error.code, service, serviceCode }
  }
  return { code: error instanceof DOMException && error.name === 'AbortError' ? 'Aborted' : 'Internal' }
}

/** Whether somebody has changed, cut or swapped the object. */
export function isTampered(problem: Problem | undefined): boolean {
  return problem !== undefined && TAMPERED.has(problem.code)
}
