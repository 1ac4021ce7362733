import { assertStoredAnswer, withEtag } from '../stored-answer.js'
import { withoutText } from './answer.js'
import type { AliOssInternals } from './client.js'
import type { AliOssRequest } from './request.js'
import type { MetadataStore, StoreAnswer, StoreRequestOptions } from '../object-store.js'
import { badAnswer } from '../store-error.js'

const META_PREFIX = 'x-oss-meta-'

const ACLS = ['default', 'private', 'public-read', 'public-read-write']

/** Changes of metadata through ali-oss. */
export function aliOssMetadata(send: AliOssRequest): MetadataStore {
  return {
    async acl(name, options) {
      const operation = { ...options, operation: 'GetObjectACL', root: 'AccessControlPolicy' }
      const { answer, result } = await send(operation, ({ client }, headers) =>
        client.getACL(name, { headers, versionId: options.versionId }),
      )
      const { acl } = result
      if (typeof acl !== 'string' || !ACLS.includes(acl)) throw badAnswer('GetObjectACL', 'without an ACL', answer)
      return acl
    },

    async tags(name, options) {
      const operation = { ...options, operation: 'GetObjectTagging', root: 'Tagging' }
      const { answer, result } = await send(operation, ({ client }, headers) =>
        (client as unknown as AliOssInternals).getObjectTagging(name, { headers, versionId: options.versionId }),
      )
      const tags = Object.entries((result.tag ?? {}) as Readonly<Record<string, unknown>>)
      if (!tags.every((tag): tag is [string, string] => typeof tag[1] === 'string'))
        throw badAnswer('GetObjectTagging', 'with tags that are no text', answer)
      return Object.fromEntries(tags)
    },

    replace(name, { ifMatch, ifUnmodifiedSince, ...options }) {
      return sendCopy(send, name, name, {
        ...options,
        headers: {
          'x-oss-tagging-directive': options.headers?.['x-oss-tagging'] === undefined ? 'Copy' : 'Replace',
          ...options.headers,
          'x-oss-metadata-directive': 'REPLACE',
          'x-oss-copy-source-if-match': ifMatch,
          ...(ifUnmodifiedSince !== undefined && { 'x-oss-copy-source-if-unmodified-since': ifUnmodifiedSince }),
        },
      })
    },
  }
}

/**
 * Copies an object inside the bucket. ali-oss repeats every header that it is given as x-oss-copy-source-<name>: harmless for all but conditions and,
 * for their length, user metadata, which it takes apart from the others.
 */
export async function sendCopy(
  send: AliOssRequest,
  name: string,
  sourceName: string,
  options: StoreRequestOptions,
): Promise<StoreAnswer> {
  const operation = { ...options, operation: 'CopyObject', root: 'CopyObjectResult' }
  const { answer } = await send(operation, ({ client }, headers) => {
    const isMeta = ([header]: [string, string]) => header.startsWith(META_PREFIX)
    const entries = Object.entries(headers)
    const meta = entries.filter(isMeta).map(([key, value]): [string, string] => [key.slice(META_PREFIX.length), value])
    return client.copy(name, sourceName, undefined, {
      headers: Object.fromEntries(entries.filter((entry) => !isMeta(entry))),
      versionId: options.versionId,
      // With any at all, ali-oss would have OSS replace what the source has.
      ...(headers['x-oss-metadata-directive'] === 'REPLACE' && { meta: Object.fromEntries<string>(meta) }),
    })
  })
  assertStoredAnswer('CopyObject', withEtag(answer), { crc64: false })
  return withoutText(answer)
}
