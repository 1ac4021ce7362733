import { assertStoredAnswer } from '../stored-answer.js'
import { callbackOf, MAX_CALLBACK_LENGTH, withoutText } from './answer.js'
import { sentBody, type AliOssAnswer, type AliOssRequest } from './request.js'
import type { AliOssUploads } from './client.js'
import type { MultipartStore, PendingUpload } from '../object-store.js'
import { badAnswer } from '../store-error.js'
import { ServiceError } from '../../errors.js'

/** A thousand names of three times 1023 bytes, and what is around them. */
const MAX_LISTING_LENGTH = 4 * 1024 * 1024

/** Uploads in parts through ali-oss. */
export function aliOssMultipart(send: AliOssRequest, requireCrc64: boolean): MultipartStore {
  return {
    async initiate(name, options) {
      const operation = {
        ...options,
        operation: 'InitiateMultipartUpload',
        root: 'InitiateMultipartUploadResult',
      }
      const { answer, result } = await send(operation, ({ client }, headers) =>
        client.initMultipartUpload(name, { headers, mime: options.mime }),
      )
      if (!isUploadId(result.uploadId)) throw badAnswer(operation.operation, 'without an upload id', answer)
      return result.uploadId
    },

    async uploadPart(name, uploadId, number, body, options) {
      assertUploadId(uploadId)
      const operation = { ...options, operation: 'UploadPart', repeatable: body.rereadable }
      const { answer } = await send(operation, (request, headers) => {
        const settings = { headers, disabledMD5: true }
        return request.client.uploadPart(name, uploadId, number, sentBody(body, request), 0, body.length, settings)
      })
      assertStoredAnswer('UploadPart', answer, { crc64: requireCrc64 })
      return withoutText(answer)
    },

    async complete(name, uploadId, parts, options) {
      assertUploadId(uploadId)
      const hasCallback = options.headers?.['x-oss-callback'] !== undefined
      const operation = {
        ...options,
        operation: 'CompleteMultipartUpload',
        maxAnswerLength: MAX_CALLBACK_LENGTH,
        ...(!hasCallback && { root: 'CompleteMultipartUploadResult' }),
      }
      const { answer } = await send(operation, ({ client }, headers) =>
        client.completeMultipartUpload(name, uploadId, [...parts], { headers }),
      )
      // It has no checksum when one of the parts has none.
      assertStoredAnswer('CompleteMultipartUpload', answer, { crc64: false })
      return { ...withoutText(answer), callback: callbackOf(options.headers, answer) }
    },

    async abort(name, uploadId, options) {
      assertUploadId(uploadId)
      try {
        // ali-oss's own abort stops the caller's uploads, too: it sets a flag that all of the client's share.
        await send({ ...options, operation: 'AbortMultipartUpload' }, ({ client }, headers) =>
          client.delete(name, { headers, subres: { uploadId } }),
        )
      } catch (error) {
        if (!(error instanceof ServiceError && error.code === 'NotFound')) throw error
      }
    },

    async listUploads(prefix, options) {
      const found: PendingUpload[] = []
      const pages = new Set<string>()
      for (let from: Page['next'] | object = {}; from;) {
        // Names may have characters that XML cannot hold.
        const query = { ...(prefix !== '' && { prefix }), 'max-uploads': 1000, 'encoding-type': 'url', ...from }
        const operation = {
          ...options,
          operation: 'ListMultipartUploads',
          root: 'ListMultipartUploadsResult',
          maxAnswerLength: MAX_LISTING_LENGTH,
        }
        const { answer, result } = await send(operation, ({ client }, headers) =>
          client.listUploads(query, { headers }),
        )
        const page = readPage(result, answer)
        found.push(...page.uploads)
        from = page.next
        const marker = JSON.stringify(from)
        if (pages.has(marker)) throw badAnswer(operation.operation, 'with the same page again', answer)
        pages.add(marker)
      }
      return found
    },
  }
}

interface Page {
  readonly uploads: readonly PendingUpload[]
  /** What the next page is asked for with. */
  readonly next: { readonly 'key-marker': string; readonly 'upload-id-marker': string } | null
}

function readPage(result: AliOssUploads, answer: AliOssAnswer): Page {
  const bad = (problem: string) => badAnswer('ListMultipartUploads', problem, answer)
  const isEncoded = /<EncodingType>\s*url\s*<\/EncodingType>/i.test(answer.text ?? '')
  const nameOf = (text: unknown): string => {
    if (typeof text !== 'string') throw bad('with a name that is no text')
    try {
      return isEncoded ? decodeURIComponent(text.replaceAll('+', ' ')) : text
    } catch {
      throw bad('with a name that is not encoded as it says')
    }
  }
  const uploads = (result.uploads as readonly Record<string, unknown>[]).map(({ name, uploadId, initiated }) => {
    if (!isUploadId(uploadId)) throw bad('with an upload without an id')
    const time = typeof initiated === 'string' ? new Date(initiated) : undefined
    return { name: nameOf(name), uploadId, initiated: Number.isNaN(time?.getTime()) ? undefined : time }
  })
  if (result.isTruncated !== true) return { uploads, next: null }
  const { nextKeyMarker, nextUploadIdMarker } = result
  if (!nextKeyMarker || !isUploadId(nextUploadIdMarker)) throw bad('with a part of a listing that does not go on')
  return { uploads, next: { 'key-marker': nameOf(nextKeyMarker), 'upload-id-marker': nextUploadIdMarker } }
}

function isUploadId(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,1024}$/.test(value)
}

/** Without an id, it would be the object that is meant. */
function assertUploadId(uploadId: string): void {
  if (!isUploadId(uploadId)) throw new TypeError('an upload is named by its id')
}
