import type { ClientRequest, IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'

/** As much of an `ali-oss` client as is used: any client of version 6 fits. */
export interface AliOssClient {
  put(name: string, content: Buffer, options?: object): Promise<AliOssResult>
  putStream(name: string, stream: Readable, options?: object): Promise<AliOssResult>
  getStream(name: string, options?: object): Promise<AliOssResult & { stream?: unknown }>
  head(name: string, options?: object): Promise<AliOssResult>
  delete(name: string, options?: object): Promise<AliOssResult>
  copy(name: string, sourceName: string, sourceBucket: string | undefined, options: object): Promise<AliOssResult>
  getACL(name: string, options?: object): Promise<AliOssResult & { readonly acl?: unknown }>
  initMultipartUpload(name: string, options?: object): Promise<AliOssResult & { readonly uploadId?: unknown }>
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

/** What the types of ali-oss leave out of its client. */
export interface AliOssInternals {
  readonly urllib: Urllib
  readonly options?: AliOssSettings | undefined
  /** When the security token was refreshed last. */
  stsTokenFreshTime?: Date
  getObjectTagging(name: string, options?: object): Promise<AliOssResult & { readonly tag?: unknown }>
}

/** The settings of a client that change while it works. */
export interface AliOssSettings {
  readonly bucket?: string | undefined
  accessKeyId?: string
  accessKeySecret?: string
  stsToken?: string
  readonly refreshSTSToken?: unknown
  readonly refreshSTSTokenInterval?: number
}

/** A page of the uploads under way, as far as the answer had what it should have. */
export interface AliOssUploads {
  readonly uploads?: unknown
  readonly isTruncated?: unknown
  readonly nextKeyMarker?: unknown
  readonly nextUploadIdMarker?: unknown
}

/** The part of every result that is used. */
export interface AliOssResult {
  readonly res: unknown
  readonly url?: string
}

/**
 * The HTTP client that an `ali-oss` client sends its requests with: one that takes a callback and returns the request (urllib 2), or one that
 * returns a promise of the answer (its HttpClient2, urllib 3 and 4).
 */
export interface Urllib {
  request(
    url: string,
    args: object,
    callback: (error: Error | null, data: unknown, response: UrllibResponse) => void,
  ): ClientRequest | Promise<UrllibResult> | undefined
}

/** What a promise of urllib comes to. */
export interface UrllibResult {
  readonly data?: unknown
  readonly status?: number
  readonly headers?: IncomingHttpHeaders
  readonly res?: UrllibResponse
}

/** What urllib calls back with: the answer itself for a streamed one. */
export type UrllibResponse = Readable & {
  readonly status?: number
  readonly statusCode?: number
  readonly headers?: IncomingHttpHeaders
}
