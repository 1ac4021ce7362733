import type { MetadataStore } from '../object-store.js'
import { badAnswer, requestOptions, type RestCaller } from './rest-request.js'
import type { RestRequest } from './rest-transport.js'
import { readField } from './xml.js'

/** Changes of metadata through OSS's REST interface. */
export function restMetadata({ text }: RestCaller): MetadataStore {
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
      const { status, headers: answered } = await text({
        operation: 'CopyObject',
        method: 'PUT',
        name,
        copySource: { name },
        headers: {
          ...headers,
          'x-oss-metadata-directive': 'REPLACE',
          'x-oss-tagging-directive': 'Copy',
          'x-oss-copy-source-if-match': ifMatch,
          ...(ifUnmodifiedSince !== undefined && { 'x-oss-copy-source-if-unmodified-since': ifUnmodifiedSince }),
        },
        ...rest,
      })
      return { status, headers: answered }
    },
  }
}
