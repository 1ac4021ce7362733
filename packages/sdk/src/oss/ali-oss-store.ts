import type { Readable } from 'node:stream'
import type { AliOssClient } from './ali-oss-client.js'
import { aliOssMetadata } from './ali-oss-metadata.js'
import { aliOssMultipart } from './ali-oss-multipart.js'
import { createAliOssRequest, sentBody, type AliOssRequest } from './ali-oss-request.js'
import type {
  ByteRange,
  MetadataStore,
  MultipartStore,
  ObjectStore,
  StoreAnswer,
  StoreRequestOptions,
  UploadBody,
} from './object-store.js'

/** Bodies up to this length are sent in one piece; ali-oss adds their Content-MD5, which OSS checks. */
const ONE_PIECE_LENGTH = 256 * 1024

/** OSS through the caller's `ali-oss` client, whose settings (endpoint, credentials, signature version, agent) all apply. */
export class AliOssStore implements ObjectStore {
  readonly multipart: MultipartStore
  readonly metadata: MetadataStore
  readonly #client: AliOssClient
  readonly #send: AliOssRequest

  /** @param idleTimeoutMs How long an upload, or the text of an error, may stand still. */
  constructor(client: AliOssClient, idleTimeoutMs: number) {
    this.#client = client
    this.#send = createAliOssRequest(client, idleTimeoutMs)
    this.multipart = aliOssMultipart(this.#send)
    this.metadata = aliOssMetadata(this.#send)
  }

  /** The one that requests go to now: the caller's client may be told to use another. */
  get bucket(): string | undefined {
    return this.#client.options?.bucket
  }

  async put(
    name: string,
    body: UploadBody,
    options: StoreRequestOptions & { mime?: string | undefined },
  ): Promise<StoreAnswer & { readonly url?: string | undefined }> {
    const { answer, result } = await this.#send('PutObject', options.signal, async (request) => {
      const settings = { headers: { ...options.headers }, mime: options.mime }
      if (body.bytes && body.bytes.length <= ONE_PIECE_LENGTH) {
        const { buffer, byteOffset, length } = body.bytes
        return request.client.put(name, Buffer.from(buffer, byteOffset, length), settings)
      }
      const stream = sentBody(body, request)
      try {
        return await request.client.putStream(name, stream, { ...settings, contentLength: body.length })
      } finally {
        stream.destroy()
      }
    })
    return { status: answer.status, headers: answer.headers, url: result.url }
  }

  async get(
    name: string,
    options: StoreRequestOptions & { range?: ByteRange | undefined },
  ): Promise<StoreAnswer & { readonly body: Readable }> {
    const headers = { ...options.headers }
    if (options.range) {
      headers['Range'] = `bytes=${formatRange(options.range)}`
      headers['x-oss-range-behavior'] = 'standard'
    }
    const { answer, result } = await this.#send('GetObject', options.signal, (request) =>
      request.client.getStream(name, { headers, ...versionQuery(options) }),
    )
    return { status: answer.status, headers: answer.headers, body: result.stream as Readable }
  }

  async head(name: string, options: StoreRequestOptions): Promise<StoreAnswer> {
    const { answer } = await this.#send('HeadObject', options.signal, (request) =>
      request.client.head(name, { headers: { ...options.headers }, ...versionQuery(options) }),
    )
    return answer
  }

  async delete(name: string, options: StoreRequestOptions): Promise<StoreAnswer> {
    const { answer } = await this.#send('DeleteObject', options.signal, (request) =>
      request.client.delete(name, { headers: { ...options.headers }, ...versionQuery(options) }),
    )
    return answer
  }

  async copy(
    name: string,
    sourceName: string,
    { headers, versionId, signal }: StoreRequestOptions,
  ): Promise<StoreAnswer> {
    const { answer } = await this.#send('CopyObject', signal, (request) =>
      request.client.copy(name, sourceName, undefined, { headers: { ...headers }, versionId }),
    )
    return answer
  }
}

function formatRange({ start, end }: ByteRange): string {
  return start < 0 ? String(start) : `${String(start)}-${end === undefined ? '' : String(end)}`
}

function versionQuery({ versionId }: StoreRequestOptions): { subres?: { versionId: string }; versionId?: string } {
  return versionId === undefined ? {} : { subres: { versionId }, versionId }
}
