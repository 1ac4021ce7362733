import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'

/** As much of an `ali-oss` client as is used: any client of version 6 fits. */
export interface AliOssClient {
  /** Not among ali-oss's types. */
  readonly options?: { readonly bucket?: string | undefined } | undefined
  put(name: string, content: Buffer, options?: object): Promise<AliOssResult>
  putStream(name: string, stream: Readable, options?: object): Promise<AliOssResult>
  getStream(name: string, options?: object): Promise<AliOssResult & { stream?: unknown }>
  head(name: string, options?: object): Promise<AliOssResult>
  delete(name: string, options?: object): Promise<AliOssResult>
  copy(name: string, sourceName: string, sourceBucket: string | undefined, options: object): Promise<AliOssResult>
  getACL(name: string, options?: object): Promise<AliOssResult & { readonly acl?: unknown }>
  initMultipartUpload(name: string, options?: object): Promise<AliOssResult & { readonly uploadId?: string }>
  uploadPart(
    name: string,
    uploadId: string,
    partNo: number,
    file: unknown,
    start: number,
    end: number,
    options?: object,
  ): Promise<AliOssResult>
  completeMultipartUpload(
    name: string,
    uploadId: string,
    parts: { number: number; etag: string }[],
    options?: object,
  ): Promise<AliOssResult>
  listUploads(query: object, options?: object): Promise<AliOssResult & AliOssUploads>
}

/** A page of the uploads under way. */
export interface AliOssUploads {
  readonly uploads?: readonly { readonly name: string; readonly uploadId: string; readonly initiated?: string }[]
  readonly isTruncated?: boolean
  readonly nextKeyMarker?: string
  readonly nextUploadIdMarker?: string
}

/** The part of every result that is used. */
export interface AliOssResult {
  readonly res: unknown
  readonly url?: string
}

/** The HTTP client that an `ali-oss` client sends its requests with, in the form that takes a callback and returns the request. */
export interface Urllib {
  request(
    url: string,
    args: object,
    callback: (error: Error | null, data: unknown, response: UrllibResponse) => void,
  ): ClientRequest
}

/** What urllib calls back with: the answer itself for a streamed one, else a summary of it. */
export type UrllibResponse = IncomingMessage & { readonly status?: number }
