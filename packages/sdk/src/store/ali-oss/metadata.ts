import { ServiceError } from '../../errors.js'
import type { AliOssRequest } from './request.js'
import type { MetadataStore } from '../object-store.js'

const META_PREFIX = 'x-oss-meta-'

/** Changes of metadata through ali-oss. */
export function aliOssMetadata(send: AliOssRequest): MetadataStore {
  return {
    async acl(name, { signal }) {
      const { result } = await send('GetObjectACL', signal, ({ client }) => client.getACL(name, {}))
      if (typeof result.acl !== 'string')
        throw new ServiceError('BadAnswer', 'OSS answered without an ACL', { service: 'oss' })
      return result.acl
    },

    async replace(name, { headers = {}, ifMatch, ifUnmodifiedSince, signal }) {
      // ali-oss repeats every header that it is given as x-oss-copy-source-<name>: harmless for all but conditions and, for their length, user
      // metadata, which it takes apart from the others.
      const entries = Object.entries(headers)
      const isMeta = ([header]: [string, string]) => header.startsWith(META_PREFIX)
      const meta = Object.fromEntries(
        entries.filter(isMeta).map(([key, value]) => [key.slice(META_PREFIX.length), value]),
      )
      const settings = {
        meta,
        headers: {
          ...Object.fromEntries(entries.filter((entry) => !isMeta(entry))),
          'x-oss-metadata-directive': 'REPLACE',
          'x-oss-tagging-directive': 'COPY',
          'x-oss-copy-source-if-match': ifMatch,
          ...(ifUnmodifiedSince !== undefined && { 'x-oss-copy-source-if-unmodified-since': ifUnmodifiedSince }),
        },
      }
      const { answer } = await send('CopyObject', signal, ({ client }) => client.copy(name, name, undefined, settings))
      return answer
    },
  }
}
