import { FormatError, OsscryptError, ServiceError } from '../errors.js'
import { retrying } from '../retry/retry.js'
import { metadataHeaders } from '../format/envelopes.js'
import { utf8TextOf } from '../store/header-text.js'
import type { StoreAnswer, StoreRequestOptions } from '../store/object-store.js'
import type { ClientParts } from './open-object.js'
import { headersFor } from '../store/request-headers.js'

/** What an object has beside its user metadata; a copy that replaces any of it replaces all of it. */
const CONTENT_HEADERS = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
]

/** How OSS keeps an object; of a copy it is to be said again. */
const STORAGE_HEADERS = [
  'x-oss-storage-class',
  'x-oss-server-side-encryption',
  'x-oss-server-side-encryption-key-id',
  'x-oss-server-side-data-encryption',
]

/** What OSS copies at most where it has to write the bytes anew. */
const MAX_CHANGING_COPY_LENGTH = 1024 ** 3

/** What may be lost of an object that is copied: who copies may not read it, or the store cannot. */
export type Dropped = 'acl' | 'tags'

/**
 * The caller's metadata of an object, and Content-Type and the like, as they are sent again.
 *
 * @throws FormatError for what would not arrive as it was.
 */
export function contentHeaders({ headers }: StoreAnswer): Record<string, string> {
  return assertCarried({
    ...metadataHeaders(headers),
    // Without any, ali-oss would make one of the name.
    'content-type': 'application/octet-stream',
    ...pick(headers, CONTENT_HEADERS),
  })
}

/** How an object is kept: storage class, encryption by OSS. */
export function storageHeaders({ headers }: StoreAnswer): Record<string, string> {
  return assertCarried(pick(headers, STORAGE_HEADERS))
}

/** Whether a caller's headers say anything anew that a copy would else take over. */
export function replacesContent(headers: Readonly<Record<string, string>>): boolean {
  return CONTENT_HEADERS.some((name) => name in headers)
}

/**
 * Asserts that OSS copies an object with these headers.
 *
 * @throws OsscryptError `LimitExceeded`.
 */
export function assertCopyable(name: string, head: StoreAnswer, headers: Readonly<Record<string, string>>): void {
  const changes = STORAGE_HEADERS.some((header) => header in headers && headers[header] !== head.headers[header])
  if (!changes || Number(head.headers['content-length']) <= MAX_CHANGING_COPY_LENGTH) return
  throw new OsscryptError(
    'LimitExceeded',
    `${name} is larger than 1 GiB: OSS copies it only when storage class and server-side encryption stay as they are`,
  )
}

/** The header that gives a copy the object's own ACL; no header where it has none, null where the store knows of none. */
export async function aclHeader(
  parts: ClientParts,
  name: string,
  options: StoreRequestOptions,
): Promise<Record<string, string> | null> {
  const { metadata } = parts.store
  if (!metadata) return null
  const request = { ...options, headers: headersFor('acl', options.headers) }
  const acl = await retrying(parts.retry, options.signal, () => metadata.acl(name, request))
  return acl === 'default' ? {} : { 'x-oss-object-acl': acl }
}

/** The header that gives an object the tags of another; null where the store knows of none. */
export async function tagsHeader(
  parts: ClientParts,
  name: string,
  options: StoreRequestOptions,
): Promise<Record<string, string> | null> {
  const { metadata } = parts.store
  if (!metadata?.tags) return null
  const request = { ...options, headers: headersFor('tags', options.headers) }
  const tags = Object.entries(
    (await retrying(parts.retry, options.signal, async () => metadata.tags?.(name, request))) ?? {},
  )
  const encode = encodeURIComponent
  return tags.length === 0
    ? {}
    : { 'x-oss-tagging': tags.map(([key, value]) => `${encode(key)}=${encode(value)}`).join('&') }
}

/** What `read` gives; nothing, and a note in `dropped`, where the store cannot, or the access key may not read it. */
export async function unlessDenied(
  what: Dropped,
  dropped: Dropped[],
  read: () => Promise<Record<string, string> | null>,
): Promise<Record<string, string>> {
  let found: Record<string, string> | null = null
  try {
    found = await read()
  } catch (error) {
    if (!(error instanceof ServiceError && error.code === 'AccessDenied')) throw error
  }
  if (!found) dropped.push(what)
  return found ?? {}
}

function pick(headers: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (headers[name] ? [[name, headers[name]] as const] : [])))
}

function assertCarried(headers: Record<string, string>): Record<string, string> {
  for (const [name, value] of Object.entries(headers)) {
    if (utf8TextOf(value) === null)
      throw new FormatError(`${name} is neither ASCII nor UTF-8: it cannot be sent again as it is`)
  }
  return headers
}
