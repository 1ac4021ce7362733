import { OssError, writeErrorXml } from './error/oss-error.js'

/** The answer to bytes that are no HTTP request, headers and all. */
export function malformedAnswer(): string {
  const error = new OssError('InvalidRequest', { message: 'The request is not a well-formed HTTP request.' })
  const xml = writeErrorXml(error, '0'.repeat(24), '127.0.0.1')
  const head = [
    'HTTP/1.1 400 Bad Request',
    'Server: AliyunOSS',
    'Content-Type: application/xml',
    `Content-Length: ${Buffer.byteLength(xml)}`,
    'Connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${xml}`
}
