import { ServiceError } from '../../errors.js'
import { sentBody, type AliOssRequest } from './request.js'
import type { MultipartStore, PendingUpload } from '../object-store.js'

/** Uploads in parts through ali-oss. */
export function aliOssMultipart(send: AliOssRequest): MultipartStore {
  return {
    async initiate(name, { headers, mime, signal }) {
      const { result } = await send('InitiateMultipartUpload', signal, ({ client }) =>
        client.initMultipartUpload(name, { headers: { ...headers }, mime }),
      )
      if (!result.uploadId) throw new ServiceError('BadAnswer', 'OSS answered without an upload id', { service: 'oss' })
      return result.uploadId
    },

    async uploadPart(name, uploadId, number, body, { headers, signal }) {
      const { answer } = await send('UploadPart', signal, async (request) => {
        const stream = sentBody(body, request)
        try {
          const settings = { headers: { ...headers }, disabledMD5: true }
          return await request.client.uploadPart(name, uploadId, number, stream, 0, body.length, settings)
        } finally {
          stream.destroy()
        }
      })
      return answer
    },

    async complete(name, uploadId, parts, { headers, signal }) {
      const { answer } = await send('CompleteMultipartUpload', signal, ({ client }) =>
        client.completeMultipartUpload(name, uploadId, [...parts], { headers: { ...headers } }),
      )
      return answer
    },

    async abort(name, uploadId, { signal }) {
      try {
        // ali-oss's own abort stops the caller's uploads, too: it sets a flag that all of the client's share.
        await send('AbortMultipartUpload', signal, ({ client }) => client.delete(name, { subres: { uploadId } }))
      } catch (error) {
        if (!(error instanceof ServiceError && error.code === 'NotFound')) throw error
      }
    },

    async listUploads(prefix, { signal }) {
      const found: PendingUpload[] = []
      for (let from: Record<string, string> | null = {}; from;) {
        const query: Record<string, string | number> = {
          ...(prefix !== '' && { prefix }),
          'max-uploads': 1000,
          ...from,
        }
        const { result } = await send('ListMultipartUploads', signal, ({ client }) => client.listUploads(query, {}))
        for (const { name, uploadId, initiated } of result.uploads ?? []) {
          found.push({ name, uploadId, initiated: initiated === undefined ? undefined : new Date(initiated) })
        }
        const { nextKeyMarker, nextUploadIdMarker } = result
        from =
          result.isTruncated && nextKeyMarker && nextUploadIdMarker
            ? { 'key-marker': nextKeyMarker, 'upload-id-marker': nextUploadIdMarker }
            : null
      }
      return found
    },
  }
}
