import type { Readable } from 'node:stream'
import { onAbort } from '../../retry/on-abort.js'
import { assertStoredAnswer } from '../stored-answer.js'
import { callbackOf, MAX_CALLBACK_LENGTH, withoutText } from './answer.js'
import type { AliOssClient, AliOssInternals } from './client.js'
import { aliOssMetadata, sendCopy } from './metadata.js'
import { aliOssMultipart } from './multipart.js'
import { createAliOssRequest, sentBody, type AliOssRequest } from './request.js'
import { isPlainHeaderValue } from '../header-text.js'
import type {
  ByteRange,
  MetadataStore,
  MultipartStore,
  ObjectStore,
  StoreAnswer,
  StoredAnswer,
  StoreRequestOptions,
  UploadBody,
} from '../object-store.js'
import { badAnswer } from '../store-error.js'

/** Bodies up to this length are sent in one piece; ali-oss adds their Content-MD5, which OSS checks. */
const ONE_PIECE_LENGTH = 256 * 1024

/** How a store is asked. */
export interface AliOssStoreOptions {
  /** Whether an upload counts as stored only when OSS says which CRC-64 it has. Default true. */
  readonly requireCrc64?: boolean | undefined
}

/** OSS through the caller's `ali-oss` client, whose settings (endpoint, credentials, signature version, agent) all apply. */
export class AliOssStore implements ObjectStore {
  readonly multipart: MultipartStore
  readonly metadata: MetadataStore
  readonly #client: AliOssClient & Partial<AliOssInternals>
  readonly #send: AliOssRequest
  readonly #requireCrc64: boolean

  /**
   * @param idleTimeoutMs How long a request may stand still.
   * @throws TypeError for a client that cannot be sent requests with.
   */
  constructor(client: AliOssClient, idleTimeoutMs: number, { requireCrc64 = true }: AliOssStoreOptions = {}) {
    assertUsable(client)
    this.#client = client
    this.#send = createAliOssRequest(client, idleTimeoutMs)
    this.#requireCrc64 = requireCrc64
    this.multipart = aliOssMultipart(this.#send, requireCrc64)
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
  ): Promise<StoredAnswer> {
    const operation = { operation: 'PutObject', repeatable: body.rereadable, maxAnswerLength: MAX_CALLBACK_LENGTH }
    const { answer, result } = await this.#send({ ...options, ...operation }, async (request, headers) => {
      const settings = { headers, mime: options.mime }
      // Of a request that is written as one piece, Node changes the bytes of Content-Disposition.
      const isPlain = isPlainHeaderValue(headers['content-disposition'] ?? '')
      if (isPlain && body.bytes && body.bytes.length <= ONE_PIECE_LENGTH) {
        const { buffer, byteOffset, length } = body.bytes
        return request.client.put(name, Buffer.from(buffer, byteOffset, length), settings)
      }
      return request.client.putStream(name, sentBody(body, request), { ...settings, contentLength: body.length })
    })
    assertStoredAnswer('PutObject', answer, { crc64: this.#requireCrc64 })
    return { ...withoutText(answer), url: result.url, callback: callbackOf(options.headers, answer) }
  }

  async get(
    name: string,
    options: StoreRequestOptions & { range?: ByteRange | undefined },
  ): Promise<StoreAnswer & { readonly body: AsyncIterable<Uint8Array> }> {
    // Whoever stands between could take what is not said for leave to compress.
    const headers: Record<string, string> = { ...options.headers, 'accept-encoding': 'identity' }
    if (options.range) {
      headers['Range'] = `bytes=${formatRange(options.range)}`
      headers['x-oss-range-behavior'] = 'standard'
    }
    const { answer, result } = await this.#send({ ...options, operation: 'GetObject', headers }, (request, sent) =>
      request.client.getStream(name, { headers: sent, ...versionQuery(options) }),
    )
    const body = result.stream as Readable
    const encoding = answer.headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity' && answer.headers['content-length'] === undefined) {
      body.destroy()
      throw badAnswer('GetObject', 'with bytes that somebody in between has compressed (Content-Encoding)', answer)
    }
    return { ...answer, body: untilAborted(body, options.signal) }
  }

  async head(name: string, options: StoreRequestOptions): Promise<StoreAnswer> {
    const { answer } = await this.#send({ ...options, operation: 'HeadObject' }, (request, headers) =>
      request.client.head(name, { headers, ...versionQuery(options) }),
    )
    return withoutText(answer)
  }

  async delete(name: string, options: StoreRequestOptions): Promise<StoreAnswer> {
    const { answer } = await this.#send({ ...options, operation: 'DeleteObject' }, (request, headers) =>
      request.client.delete(name, { headers, ...versionQuery(options) }),
    )
    return withoutText(answer)
  }

  async copy(name: string, sourceName: string, options: StoreRequestOptions): Promise<StoreAnswer> {
    return sendCopy(this.#send, name, sourceName, options)
  }
}

/** A body that is closed with the signal, whether anybody reads it or not. */
function untilAborted(stream: Readable, signal: AbortSignal | undefined): AsyncIterable<Uint8Array> {
  const abort = () => void stream.destroy()
  if (signal?.aborted) abort()
  const stop = onAbort(signal, abort)
  stream.once('close', stop)
  // Who reads hears of it as well; where nobody reads, it is nobody's.
  stream.on('error', () => undefined)
  return stream as AsyncIterable<Uint8Array>
}

/** Without any `urllib`, it is a client that passes on what it is asked for to another one. */
function assertUsable(client: AliOssClient): void {
  const { urllib } = client as { readonly urllib?: Partial<AliOssInternals['urllib']> | null }
  if (urllib && typeof urllib.request !== 'function')
    throw new TypeError(
      '`store`: the `urllib` of this ali-oss client has no function `request`, by which its requests are sent',
    )
}

function formatRange({ start, end }: ByteRange): string {
  return start < 0 ? String(start) : `${String(start)}-${end === undefined ? '' : String(end)}`
}

function versionQuery({ versionId }: StoreRequestOptions): { subres?: { versionId: string }; versionId?: string } {
  return versionId === undefined ? {} : { subres: { versionId }, versionId }
}
