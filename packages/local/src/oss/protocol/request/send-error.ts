import type { ServerResponse } from 'node:http'
import { writeErrorXml, type AnyError } from '../error/oss-error.js'
import { sendAnswer } from './answer.js'

/** Those of every answer; the others belong to an answer that failed. */
const KEPT_HEADERS = ['server', 'date', 'vary', 'x-oss-request-id']

/**
 * Answers with an error. An answer to HEAD has no body: there the XML goes into a header, as base64. When part of another answer
 * is on its way already, all that is left to do is to break the connection.
 */
export async function sendError(
  response: ServerResponse,
  error: AnyError & { readonly headers?: Readonly<Record<string, string>> },
  { requestId, host, isHead }: { requestId: string; host: string; isHead: boolean },
): Promise<void> {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  for (const name of response.getHeaderNames()) {
    if (!KEPT_HEADERS.includes(name) && !name.startsWith('access-control-')) response.removeHeader(name)
  }
  const xml = writeErrorXml(error, requestId, host.replace(/:\d+$/, ''))
  const headers = {
    ...error.headers,
    'content-type': 'application/xml',
    'x-oss-server-time': 0,
    'x-oss-ec': error.ec,
    'x-oss-err': isHead ? Buffer.from(xml).toString('base64') : undefined,
  }
  try {
    await sendAnswer(response, { status: error.status, headers, body: xml }, !isHead)
  } catch {
    response.destroy()
  }
}
