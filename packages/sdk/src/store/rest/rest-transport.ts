import type { UploadBody } from '../object-store.js'

/** One request of OSS's REST interface. */
export interface RestRequest {
  /** Its name, such as `PutObject`. */
  readonly operation: string
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** The object; undefined where the request is about the bucket. */
  readonly name?: string | undefined
  /** The parameters of the URL; an empty value stands for a bare name. */
  readonly query?: Readonly<Record<string, string>> | undefined
  /** Names in lower case. Those that only the transport knows, it adds. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: UploadBody | undefined
  /** What a copy is made of: the transport, which knows the bucket, makes `x-oss-copy-source` of it. */
  readonly copySource?: { readonly name: string; readonly versionId?: string | undefined } | undefined
  readonly signal?: AbortSignal | undefined
  /** How long the request may stand still; 0 or Infinity: for ever. */
  readonly idleTimeoutMs?: number | undefined
}

/** An answer, whatever its status. */
export interface RestAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Is read to its end, left early, or closed with the request's signal. */
  readonly body: AsyncIterable<Uint8Array>
}

/**
 * Sends one request, once, and gives back what was answered.
 *
 * @throws ServiceError `Unreachable` when there was no answer; the signal's reason. No text of a client below, which may hold URLs with signatures.
 */
export type RestTransport = (request: RestRequest) => Promise<RestAnswer>
