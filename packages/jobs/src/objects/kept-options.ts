import type { PutOptions } from 'osscrypt/oss'
import { askOss } from './ask-oss.js'
import type { BucketClient } from './bucket-client.js'
import { storageHeaders } from './storage-headers.js'

/** Headers that OSS keeps with an object, and that are to be said again. */
const CONTENT_HEADERS = ['cache-control', 'content-disposition', 'content-language', 'expires']

/** What the types of ali-oss leave out of its client. */
interface TaggingClient {
  getObjectTagging(name: string): Promise<{ readonly tag?: object }>
}

/** Everything that an object has beside its content. */
export async function keptOptions(
  bucket: BucketClient,
  name: string,
  head: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<Pick<PutOptions, 'headers' | 'meta' | 'mime'>> {
  const PREFIX = 'x-oss-meta-'
  const meta = Object.entries(head).filter(([field]) => field.startsWith(PREFIX))
  const kept = CONTENT_HEADERS.flatMap((field) => (head[field] === undefined ? [] : [[field, head[field]] as const]))
  const { acl } = await askOss('GetObjectACL', () => bucket.getACL(name), { signal })
  const { tag } = await askOss(
    'GetObjectTagging',
    () => (bucket as BucketClient & TaggingClient).getObjectTagging(name),
    { signal },
  )
  const tags = Object.entries(tag ?? {}).map((pair) => pair.map(encodeURIComponent).join('='))
  return {
    headers: {
      ...Object.fromEntries(kept),
      ...storageHeaders(head),
      ...(typeof acl === 'string' && acl !== 'default' && { 'x-oss-object-acl': acl }),
      ...(tags.length > 0 && { 'x-oss-tagging': tags.join('&') }),
    },
    meta: Object.fromEntries(meta.map(([field, value]) => [field.slice(PREFIX.length), value])),
    mime: head['content-type'] ?? 'application/octet-stream',
  }
}
