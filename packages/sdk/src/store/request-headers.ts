import { encodeContentDisposition } from './content-disposition.js'
import { isPlainHeaderValue } from './header-text.js'

/** The requests that operations are made of. */
export type RequestKind =
  | 'put'
  | 'initiate'
  | 'part'
  | 'complete'
  | 'abort'
  | 'listUploads'
  | 'copy'
  | 'get'
  | 'head'
  /** HEAD, to see what is there of what is written. */
  | 'check'
  | 'acl'
  | 'tags'

const WRITES: readonly RequestKind[] = ['put', 'initiate', 'copy']

/** Which requests a caller's header belongs to, where an operation has several; the first row that fits. */
const rows: readonly (readonly [header: RegExp, kinds: readonly RequestKind[] | 'all'])[] = [
  // Who pays is asked with each of them.
  [/^x-oss-request-payer$/, 'all'],
  [/^x-oss-traffic-limit$/, ['put', 'part', 'copy', 'get']],
  [/^x-oss-forbid-overwrite$/, ['put', 'initiate', 'complete', 'copy']],
  [/^x-oss-callback(-var)?$/, ['put', 'complete']],
  // Of an upload in parts, OSS takes it at the end.
  [/^x-oss-object-acl$/, ['put', 'initiate', 'complete', 'copy']],
  [/^x-oss-tagging-directive$/, ['copy']],
  [/^if-(match|none-match|modified-since|unmodified-since)$/, ['get', 'head']],
  // What the object has from then on: storage class, encryption by OSS, tags, Content-Type and the like.
  [/./, WRITES],
]

/** The caller's headers that belong to a request of this kind. */
export function headersFor(
  kind: RequestKind,
  headers: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).filter(([name]) => {
      const [, kinds] = rows.find(([header]) => header.test(name.toLowerCase())) ?? []
      return kinds === 'all' || kinds?.includes(kind)
    }),
  )
}

/**
 * A caller's headers as they are sent: names in lower case, values in ASCII.
 *
 * @throws TypeError for what HTTP does not carry, a header twice, and what are no headers.
 */
export function toHeaders(given: unknown): Record<string, string> {
  if (given === undefined || given === null) return {}
  if (typeof given !== 'object' || Array.isArray(given))
    throw new TypeError('`headers` is an object of names and values')
  const entries: readonly (readonly [unknown, unknown])[] =
    Symbol.iterator in given ? [...(given as Iterable<[unknown, unknown]>)] : Object.entries(given)
  const headers = new Map<string, string>()
  for (const [name, value] of entries) {
    if (typeof name !== 'string' || !/^[\w!#$%&'*+.^`|~-]{1,256}$/.test(name))
      throw new TypeError('a header whose name HTTP does not carry')
    const key = name.toLowerCase()
    if (headers.has(key)) throw new TypeError(`header ${key} twice: capitals make no difference`)
    headers.set(key, toHeaderValue(key, value))
  }
  return Object.fromEntries(headers)
}

/**
 * One header's value as it is sent.
 *
 * @throws TypeError for what HTTP does not carry.
 */
export function toHeaderValue(name: string, value: unknown): string {
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
  if (typeof text !== 'string') throw new TypeError(`the value of header ${name} is no text`)
  const encoded = name === 'content-disposition' && !/\p{Cc}/u.test(text) ? encodeContentDisposition(text) : text
  if (!isPlainHeaderValue(encoded))
    throw new TypeError(`the value of header ${name} has line breaks or other than ASCII, which HTTP does not carry`)
  return encoded
}

/**
 * The headers of an object that is written.
 *
 * @throws TypeError for headers that would be about the plaintext, are conditions that OSS does not know of writes, or belong to this client.
 */
export function toWriteHeaders(given: unknown): Record<string, string> {
  const headers = toHeaders(given)
  for (const name of Object.keys(headers)) {
    if (/^(content-(md5|length|encoding)|transfer-encoding|accept-encoding)$/.test(name))
      throw new TypeError(`header ${name} would be about the plaintext, but what is sent is ciphertext`)
    if (name.startsWith('x-oss-meta-')) throw new TypeError(`header ${name}: user metadata is given as \`meta\``)
    if (/^(x-oss-copy-source(-.+)?|x-oss-metadata-directive|range|if-range|x-oss-range-behavior)$/.test(name))
      throw new TypeError(`header ${name} is what the call itself says`)
  }
  return headers
}

/**
 * Asserts that no header is a condition: OSS knows none of writes but `x-oss-forbid-overwrite`.
 *
 * @throws TypeError.
 */
export function assertNoConditions(headers: Readonly<Record<string, string>>): void {
  const condition = Object.keys(headers).find((name) => name.startsWith('if-'))
  if (condition === undefined) return
  throw new TypeError(
    `header ${condition}: OSS takes no condition of a write; x-oss-forbid-overwrite keeps what is there`,
  )
}
