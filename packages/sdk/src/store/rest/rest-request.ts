import { ServiceError } from '../../errors.js'
import type { StoreAnswer, StoreRequestOptions, UploadBody } from '../object-store.js'
import type { RestAnswer, RestRequest } from './rest-transport.js'

/** Sends a request of a store, and gives its answer. */
export interface RestCaller {
  /** @throws ServiceError for what is no success. */
  readonly open: (request: RestRequest) => Promise<RestAnswer>
  /** {@link open}, the body read as text. */
  readonly text: (request: RestRequest) => Promise<StoreAnswer & { readonly text: string }>
  /**
   * {@link open}, of a request that stores something.
   *
   * @param expected What is in OSS's answer: the checksum of the bytes, or text in this element.
   * @throws also ServiceError `BadAnswer` for an answer that is not one of OSS's.
   */
  readonly store: (
    request: RestRequest,
    expected: { readonly crc64: true } | { readonly root: string | undefined },
  ) => Promise<StoreAnswer>
}

/** What every request takes of a caller's options. */
export function requestOptions({ headers = {}, signal, idleTimeoutMs }: StoreRequestOptions) {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return { headers: lower, signal, idleTimeoutMs }
}

/** The headers of what is stored. It is ciphertext: of a type that nobody compresses on the way, unless the caller says otherwise. */
export function withContentType(
  headers: Readonly<Record<string, string>>,
  mime: string | undefined,
): Record<string, string> {
  return { 'content-type': mime?.includes('/') ? mime : 'application/octet-stream', ...headers }
}

/** Text in a request. */
export function textBody(text: string): UploadBody {
  const bytes = new TextEncoder().encode(text)
  const open = async function* () {
    yield bytes
  }
  return { length: bytes.length, rereadable: true, bytes, open }
}

/** The error for an answer that makes no sense. */
export function badAnswer({ operation }: RestRequest, status?: number): ServiceError {
  const message = `${operation}: OSS answered something else than it should`
  return new ServiceError('BadAnswer', message, { service: 'oss', status })
}
