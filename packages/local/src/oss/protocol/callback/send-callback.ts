import { request } from 'node:http'
import { OssError } from '../error/oss-error.js'
import type { ObjectFacts } from '../facts.js'
import { contentMd5 } from '../object/object-headers.js'
import type { Answer } from '../request/answer.js'
import type { OssCall } from '../request/oss-call.js'
import type { Callback } from './read-callback.js'

const TIMEOUT_MS = 5000
const MAX_LENGTH = 1024 * 1024

/**
 * Tells of an upload that is done, and answers with what comes back.
 *
 * @throws `OssError` CallbackFailed; the object stays.
 */
async function sendCallback(
  call: OssCall,
  operation: string,
  object: ObjectFacts,
  callback: Callback,
): Promise<Buffer> {
  const values = valuesOf(call, operation, object, callback)
  const body = fill(callback, values)
  let last = ''
  for (const url of callback.urls) {
    try {
      return await post(url, callback, body)
    } catch (error) {
      last = error instanceof Error ? error.message : ''
    }
  }
  throw new OssError('CallbackFailed', { message: `Error status : 502. ${last}` })
}

/** The answer of an upload, with the callback's in its place when there is one. */
export async function answerUpload(
  call: OssCall,
  operation: string,
  { object, callback, answer }: { object: ObjectFacts; callback: Callback | undefined; answer: Answer },
): Promise<Answer> {
  if (callback === undefined) return answer
  const body = await sendCallback(call, operation, object, callback)
  return { ...answer, headers: { ...answer.headers, 'content-type': 'application/json' }, body }
}

function valuesOf(
  call: OssCall,
  operation: string,
  object: ObjectFacts,
  { variables }: Callback,
): Record<string, string | number> {
  return {
    bucket: call.bucketName,
    object: call.key,
    etag: object.etag,
    size: object.size,
    mimeType: object.headers['content-type'] ?? '',
    crc64: object.crc64,
    contentMd5: contentMd5(object) ?? '',
    clientIp: call.request.socket.remoteAddress ?? '',
    operation,
    ...variables,
  }
}

/** What has no value is empty. */
function fill({ body, isJson }: Callback, values: Readonly<Record<string, string | number>>): string {
  return body.replace(/\$\{([\w.:-]+)\}/g, (_, name: string) => {
    const value = values[name] ?? ''
    return isJson ? JSON.stringify(value) : encodeURIComponent(value)
  })
}

/** Resolves to JSON, which is what has to come back, with its length, in time. */
function post(url: URL, { host, isJson }: Callback, body: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': isJson ? 'application/json' : 'application/x-www-form-urlencoded',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'ehttp-client/0.0.1',
      ...(host !== undefined && { host }),
    }
    const outgoing = request(url, { method: 'POST', headers, agent: false }, (response) => {
      const length = Number(response.headers['content-length'] ?? NaN)
      if (response.statusCode !== 200 || !(length <= MAX_LENGTH)) {
        outgoing.destroy(new Error(`The callback server answered ${String(response.statusCode)}, or too much.`))
        return
      }
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const bytes = Buffer.concat(chunks)
        if (isJsonText(bytes.toString('utf8'))) resolve(bytes)
        else reject(new Error('The callback server answered no JSON.'))
      })
    })
    outgoing.setTimeout(TIMEOUT_MS, () => outgoing.destroy(new Error('The callback server did not answer in time.')))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

function isJsonText(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
