import { OsscryptError, ServiceError } from 'osscrypt'
import { BadRequest } from './bad-request.js'
import type { ApiError } from './messages.js'

/** What a page is told of an error: what kind it is. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ServiceError) return { code: error.code, service: error.service }
  if (error instanceof OsscryptError) return { code: error.code }
  return { code: error instanceof BadRequest || error instanceof TypeError ? 'BadRequest' : 'Internal' }
}
