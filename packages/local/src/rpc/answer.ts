import type { ServerResponse } from 'node:http'

/** A time as the services write it: UTC, to the second. */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}

/** Sends an answer of the service. */
export function sendJson(response: ServerResponse, status: number, requestId: string, body: object): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json;charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'x-acs-request-id': requestId,
  })
  response.end(text)
}

/** What an error's answer says. */
export interface ToldError {
  readonly status: number
  readonly code: string
  readonly message: string
}

/** The answer to a request that fails. */
export function errorBody(
  product: string,
  requestId: string,
  host: string | undefined,
  { code, message }: ToldError,
): object {
  return {
    RequestId: requestId,
    Message: message,
    Recommend: `https://api.aliyun.com/troubleshoot?q=${encodeURIComponent(code)}&product=${product}&requestId=${requestId}`,
    HostId: host ?? '',
    Code: code,
  }
}
