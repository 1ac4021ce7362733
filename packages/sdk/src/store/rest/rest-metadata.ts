import type { MetadataStore } from '../object-store.js'
import { badAnswer, requestOptions, type RestCaller } from './rest-request.js'
import type { RestRequest } from './rest-transport.js'
import { readField } from './xml.js'

/** Changes of metadata through OSS's REST interface. */
export function restMetadata({ text, store }: RestCaller): MetadataStore {
  return {
    async acl(name, options) {
      const request: RestRequest = {
        operation: 'GetObjectACL',
        method: 'GET',
        name,
        query: { acl: '' },
        ...requestOptions(options),
      }
      const acl = readField((await text(request)).text, 'Grant')
      if (!acl) throw badAnswer(request)
      return acl
    },

    async replace(name, { ifMatch, ifUnmodifiedSince, ...options }) {
      const { headers, ...rest } = requestOptions(options)
      const request: RestRequest = {
        operation: 'CopyObject',
        method: 'PUT',
        name,
        copySource: { name },
        headers: {
          'x-oss-tagging-directive': 'x-oss-tagging' in headers ? 'Replace' : 'Copy',
          ...headers,
          'x-oss-metadata-directive': 'REPLACE',
          'x-oss-copy-source-if-match': ifMatch,
          ...(ifUnmodifiedSince !== undefined && { 'x-oss-copy-source-if-unmodified-since': ifUnmodifiedSince }),
        },
        ...rest,
      }
      return store(request, { root: 'CopyObjectResult' })
    },
  }
}
