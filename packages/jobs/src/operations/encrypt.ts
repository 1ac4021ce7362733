import { IntegrityError, ServiceError } from 'osscrypt'
import { type PutOptions, type WrittenFormatName } from 'osscrypt/oss'
import { createHash } from 'node:crypto'
import { askOss } from '../objects/ask-oss.js'
import type { BucketClient } from '../objects/bucket-client.js'
import { classifyObject, headersOf } from '../objects/classify-object.js'
import { freshName, STAGED_PREFIX, type ListedObject } from '../objects/listed-object.js'
import { readPlain } from '../objects/read-plain.js'
import { skipped, type Finished } from './outcome.js'
import type { Operation, RunOptions, Workplace } from './operation.js'

/** How objects are encrypted. */
export interface EncryptOptions {
  /** Default `gcm`. */
  readonly format?: WrittenFormatName | undefined
  readonly encryptionContext?: Readonly<Record<string, string>> | undefined
}

/**
 * Encrypts objects where they are. What is to take an object's place is stored under a name of its own, read back and compared with what was read; then OSS copies it
 * over, if the object is still the one that was read. OSS has no condition for the place a copy goes to: who writes there between the last look and the
 * copy is overwritten, and, in a bucket that keeps versions, still there as one.
 */
export function encrypt(options: EncryptOptions): Operation {
  return {
    cost: ({ length }) => ({ putRequests: 3, getRequests: 9, bytesDown: 2 * length, bytesUp: length, kmsCalls: 2 }),

    async run(object, workplace, run) {
      const { name } = object
      const { client, bucket } = workplace
      const found = await classifyObject(client, bucket, name, run.signal)
      if (found.kind === 'broken') return skipped('BrokenEnvelope', found)
      if (found.kind !== 'plain') return skipped('AlreadyEncrypted', found)
      if (name.endsWith('/') && object.length === 0) return skipped('Folder', found)
      const head = await headersOf(bucket, name, run.signal)
      if (head['content-encoding'] !== undefined) return skipped('ContentEncoding', found)
      if (run.dryRun) return skipped('DryRun', found)
      const staged = freshName(STAGED_PREFIX, name)
      try {
        return await replace(object, staged, head, options, workplace, run)
      } finally {
        // What cannot be deleted now is a stray, and no failure of what was done.
        await client.delete(staged).catch(() => undefined)
      }
    },
  }
}

async function replace(
  { name }: ListedObject,
  staged: string,
  head: Readonly<Record<string, string>>,
  options: EncryptOptions,
  workplace: Workplace,
  { signal }: RunOptions,
): Promise<Finished> {
  const { client, bucket } = workplace
  const put = { ...options, ...(await keptOptions(workplace, name, head)), boundKey: name, signal }
  const source = await readPlain(bucket, name, head, signal)
  const { encryption } = await client.put(staged, source.body, put)

  const expected = source.digest()
  const { stream } = await client.getStream(staged, { expectedKey: name, requireBinding: true, signal })
  const actual = createHash('sha256')
  for await (const bytes of stream) actual.update(bytes as Uint8Array)
  if (!actual.digest().equals(expected)) throw new IntegrityError('what was read back is not what was encrypted')

  const last = await headersOf(bucket, name, signal)
  const isUnchanged = ['etag', 'last-modified', 'x-oss-version-id'].every((field) => last[field] === head[field])
  if (!isUnchanged)
    throw new ServiceError('ObjectChanged', 'the object changed while it was being encrypted', { service: 'oss' })
  const { dropped } = await client.copy(name, staged, { keepBinding: true, signal })
  return { status: 'done', kind: options.format ?? 'gcm', cmkArns: encryption.cmkArns, findings: [], dropped }
}

/** Headers that OSS keeps with an object, and that are to be said again. */
const KEPT_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-language',
  'expires',
  'x-oss-storage-class',
  'x-oss-server-side-encryption',
  'x-oss-server-side-encryption-key-id',
  'x-oss-server-side-data-encryption',
]

/** What the types of ali-oss leave out of its client. */
interface TaggingClient {
  getObjectTagging(name: string): Promise<{ readonly tag?: object }>
}

/** Everything that an object has beside its content. */
async function keptOptions(
  { bucket }: Workplace,
  name: string,
  head: Readonly<Record<string, string>>,
): Promise<Pick<PutOptions, 'headers' | 'meta' | 'mime'>> {
  const PREFIX = 'x-oss-meta-'
  const meta = Object.entries(head).filter(([field]) => field.startsWith(PREFIX))
  const kept = KEPT_HEADERS.flatMap((field) => (head[field] === undefined ? [] : [[field, head[field]] as const]))
  const { acl } = await askOss('GetObjectACL', () => bucket.getACL(name), {})
  const { tag } = await askOss(
    'GetObjectTagging',
    () => (bucket as BucketClient & TaggingClient).getObjectTagging(name),
    {},
  )
  const tags = Object.entries(tag ?? {}).map((pair) => pair.map(encodeURIComponent).join('='))
  return {
    headers: {
      ...Object.fromEntries(kept),
      ...(typeof acl === 'string' && acl !== 'default' && { 'x-oss-object-acl': acl }),
      ...(tags.length > 0 && { 'x-oss-tagging': tags.join('&') }),
    },
    meta: Object.fromEntries(meta.map(([field, value]) => [field.slice(PREFIX.length), value])),
    mime: head['content-type'] ?? 'application/octet-stream',
  }
}
