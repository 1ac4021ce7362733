import type { IncomingMessage } from 'node:http'

/** Reads a whole request body, or resolves to `null` as soon as it is found to be longer than `maxLength` bytes. */
export async function readBody(request: IncomingMessage, maxLength: number): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > maxLength) return null
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > maxLength) return null
    chunks.push(chunk)
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length)
}
