import { ServiceError } from '../../errors.js'
import type { MultipartStore, PendingUpload } from '../object-store.js'
import { badAnswer, requestOptions, textBody, withContentType, type RestCaller } from './rest-request.js'
import type { RestRequest } from './rest-transport.js'
import { encodeText, readElements, readField } from './xml.js'

/** Uploads in parts through OSS's REST interface. */
export function restMultipart({ text, store }: RestCaller): MultipartStore {
  return {
    async initiate(name, options) {
      const { headers, ...rest } = requestOptions(options)
      const request: RestRequest = {
        operation: 'InitiateMultipartUpload',
        method: 'POST',
        name,
        query: { uploads: '' },
        headers: withContentType(headers, options.mime),
        ...rest,
      }
      const uploadId = readField((await text(request)).text, 'UploadId')
      if (!uploadId) throw badAnswer(request)
      return uploadId
    },

    async uploadPart(name, uploadId, number, body, options) {
      const query = { partNumber: String(number), uploadId }
      const request = { operation: 'UploadPart', method: 'PUT', name, query, body } as const
      return store({ ...request, ...requestOptions(options) }, { crc64: true })
    },

    async complete(name, uploadId, parts, options) {
      const listed = parts.map(
        ({ number, etag }) => `<Part><PartNumber>${String(number)}</PartNumber><ETag>${encodeText(etag)}</ETag></Part>`,
      )
      const body = textBody(`<CompleteMultipartUpload>${listed.join('')}</CompleteMultipartUpload>`)
      const request = { operation: 'CompleteMultipartUpload', method: 'POST', name, query: { uploadId }, body } as const
      const hasCallback = options.headers?.['x-oss-callback'] !== undefined
      const root = hasCallback ? undefined : 'CompleteMultipartUploadResult'
      return store({ ...request, ...requestOptions(options) }, { root })
    },

    async abort(name, uploadId, options) {
      // Without an id, it would be the object that is deleted.
      if (uploadId === '') throw new TypeError('an upload is aborted by its id')
      const request = { operation: 'AbortMultipartUpload', method: 'DELETE', name, query: { uploadId } } as const
      try {
        await text({ ...request, ...requestOptions(options) })
      } catch (error) {
        if (!(error instanceof ServiceError && error.code === 'NotFound')) throw error
      }
    },

    async listUploads(prefix, options) {
      const found: PendingUpload[] = []
      for (let from: Record<string, string> | null = {}; from;) {
        const request: RestRequest = {
          operation: 'ListMultipartUploads',
          method: 'GET',
          query: {
            uploads: '',
            'encoding-type': 'url',
            'max-uploads': '1000',
            ...(prefix !== '' && { prefix }),
            ...from,
          },
          ...requestOptions(options),
        }
        const page = (await text(request)).text
        if (!page.includes('<ListMultipartUploadsResult')) throw badAnswer(request)
        for (const upload of readElements(page, 'Upload')) found.push(readUpload(request, upload))
        from = nextPage(request, page)
      }
      return found
    },
  }
}

function readUpload(request: RestRequest, xml: string): PendingUpload {
  const name = readField(xml, 'Key')
  const uploadId = readField(xml, 'UploadId')
  if (!name || !uploadId) throw badAnswer(request)
  const initiated = new Date(readField(xml, 'Initiated') ?? '')
  return {
    name: fromUrlEncoding(request, name),
    uploadId,
    initiated: Number.isNaN(initiated.getTime()) ? undefined : initiated,
  }
}

function nextPage(request: RestRequest, page: string): Record<string, string> | null {
  if (readField(page, 'IsTruncated') !== 'true') return null
  const key = readField(page, 'NextKeyMarker')
  const uploadId = readField(page, 'NextUploadIdMarker')
  if (!key || !uploadId) throw badAnswer(request)
  return { 'key-marker': fromUrlEncoding(request, key), 'upload-id-marker': uploadId }
}

/** Names are asked for in this encoding, as XML cannot hold all of them. */
function fromUrlEncoding(request: RestRequest, text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw badAnswer(request)
  }
}
