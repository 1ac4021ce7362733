import { createHmac } from 'node:crypto'
import { request } from 'node:http'
import type { AccessKey } from './http/service.js'

/** Creates a bucket with a signed request, as any client would; nothing happens when it is there. */
export async function putBucket(endpoint: string, bucket: string, accessKey: AccessKey, now: number): Promise<void> {
  const date = new Date(now).toUTCString()
  const token = accessKey.securityToken
  const canonicalHeaders = token === undefined ? '' : `x-oss-security-token:${token}\n`
  const textToSign = `PUT\n\n\n${date}\n${canonicalHeaders}/${bucket}/`
  const signature = createHmac('sha1', accessKey.accessKeySecret).update(textToSign).digest('base64')
  const headers = {
    date,
    authorization: `OSS ${accessKey.accessKeyId}:${signature}`,
    'content-length': 0,
    connection: 'close',
    ...(token === undefined ? {} : { 'x-oss-security-token': token }),
  }
  const { status, body } = await send(`${endpoint}/${encodeURIComponent(bucket)}/`, headers)
  if (status === 200) return
  const code = /<Code>([^<]*)<\/Code>/.exec(body)?.[1] ?? `status ${String(status)}`
  throw new Error(`the bucket ${bucket} could not be created: ${code}`)
}

function send(url: string, headers: Record<string, string | number>): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'PUT', headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() })
      })
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}
