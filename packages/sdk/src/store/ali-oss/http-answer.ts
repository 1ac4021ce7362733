import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { unzip } from 'node:zlib'
import type { UrllibResponse } from './client.js'
import { headerValueOf } from '../header-text.js'
import type { StoreAnswer } from '../object-store.js'
import { requestIdOf, token, type OssFailure } from '../store-error.js'

/** The first of an answer that there is: its status and headers. */
export function answerOf(response: UrllibResponse): StoreAnswer {
  const headers = Object.entries(response.headers ?? {}).flatMap(([name, value]) =>
    // Every byte is a character; some clients have read the bytes as UTF-8.
    typeof value === 'string' ? [[name, /[^\0-\xff]/.test(value) ? headerValueOf(value) : value] as const] : [],
  )
  return { status: response.statusCode ?? response.status ?? 0, headers: Object.fromEntries(headers) }
}

/**
 * An answer's body as text.
 *
 * @param moved Called for every piece that comes.
 * @returns null when it is longer than `maxLength` bytes, or not what its Content-Encoding says.
 * @throws what the connection failed with.
 */
export async function readText(
  body: Readable,
  encoding: string | undefined,
  maxLength: number,
  moved: () => void,
): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let length = 0
  // Leaving the loop destroys the body.
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    moved()
    length += chunk.length
    if (length > maxLength) return null
    chunks.push(chunk)
  }
  return decodeText(Buffer.concat(chunks), encoding, maxLength)
}

/** {@link readText} of bytes that are there. */
export async function decodeText(
  bytes: Buffer,
  encoding: string | undefined,
  maxLength: number,
): Promise<string | null> {
  if (bytes.length > maxLength) return null
  if (bytes.length === 0 || encoding === undefined || !/^(x-)?(gzip|deflate)$/i.test(encoding)) return bytes.toString()
  try {
    return (await promisify(unzip)(bytes, { maxOutputLength: maxLength })).toString()
  } catch {
    return null
  }
}

/** What OSS refuses a request with. */
export interface Refusal extends OssFailure {
  /** The time there; NaN when it does not say. */
  readonly serverTimeMs: number
}

/** What an error's text, or of an answer to HEAD its header, says of it. */
export function refusalOf({ status, headers }: StoreAnswer, text: string | null): Refusal {
  const isThere = text !== null && text !== ''
  const xml = isThere ? text : Buffer.from(headers['x-oss-err'] ?? '', 'base64').toString()
  const element = (name: string) => new RegExp(`<${name}>\\s*([^<\\s]*)\\s*</${name}>`).exec(xml)?.[1]
  return {
    status,
    serviceCode: token(element('Code')),
    requestId: requestIdOf(headers) ?? token(element('RequestId')),
    serverTimeMs: Date.parse(element('ServerTime') ?? headers['date'] ?? ''),
  }
}
