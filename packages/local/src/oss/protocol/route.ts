import type { Answer } from './request/answer.js'
import type { OssCall } from './request/oss-call.js'

export type Resource = 'service' | 'bucket' | 'object'

/** The requests that mean an operation. */
export interface RequestPattern {
  readonly method: string
  readonly resource: Resource
  /** Parameters that have to be there, and with a value, that one. */
  readonly parameters: readonly { readonly name: string; readonly value: string | undefined }[]
  /** A header that has to be there. */
  readonly header: string | undefined
}

/** An operation that this OSS has. */
export interface Route extends RequestPattern {
  /** Its name in the API. */
  readonly name: string
  /** Parameters that may be there, `*` for any. A request with another means something else. */
  readonly optional: readonly string[]
  readonly carryOut: (call: OssCall) => Promise<Answer>
}

/** An operation of the API that this OSS has not. */
export interface AbsentRoute extends RequestPattern {
  readonly name: string
}

/**
 * @param pattern - `PUT object ?partNumber&uploadId +x-oss-copy-source`, and so on.
 * @param optional - names of parameters, with spaces between them.
 */
export function route(pattern: string, name: string, carryOut: Route['carryOut'], optional = ''): Route {
  return { ...readPattern(pattern), name, carryOut, optional: optional.split(' ').filter((word) => word !== '') }
}

export function absentRoute(pattern: string, name: string): AbsentRoute {
  return { ...readPattern(pattern), name }
}

function readPattern(pattern: string): RequestPattern {
  const [method = '', resource, ...rest] = pattern.split(' ')
  const query = rest.find((word) => word.startsWith('?'))?.slice(1) ?? ''
  const parameters = query
    .split('&')
    .filter((parameter) => parameter !== '')
    .map((parameter) => {
      const [name = '', value] = parameter.split('=')
      return { name, value }
    })
  const header = rest.find((word) => word.startsWith('+'))?.slice(1)
  return { method, resource: resource as Resource, parameters, header }
}
