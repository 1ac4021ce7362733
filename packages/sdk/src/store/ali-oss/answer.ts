import type { AliOssAnswer } from './request.js'
import type { CallbackAnswer, StoreAnswer } from '../object-store.js'

/** What OSS takes of a callback's server, and hands on. */
export const MAX_CALLBACK_LENGTH = 1024 * 1024

/** What OSS says of the callback that a request has asked for. */
export function callbackOf(
  headers: Readonly<Record<string, string>> | undefined,
  { status, text = '' }: AliOssAnswer,
): CallbackAnswer | undefined {
  return headers?.['x-oss-callback'] === undefined ? undefined : { succeeded: status === 200, status, body: text }
}

/** The headers and status of an answer. */
export function withoutText({ status, headers }: AliOssAnswer): StoreAnswer {
  return { status, headers }
}
