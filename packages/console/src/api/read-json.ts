import type { IncomingMessage } from 'node:http'

const MAX_LENGTH = 256 * 1024

/** The JSON object of a request; null when it is none, or longer than a question can be. */
export async function readJson(request: IncomingMessage): Promise<Partial<Record<string, unknown>> | null> {
  const chunks: Buffer[] = []
  let length = 0
  // The answer still goes out by the same connection, whatever is not read.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_LENGTH) return null
    chunks.push(chunk)
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}
