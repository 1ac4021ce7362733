import { collectBytes } from '../../bytes/web-stream.js'
import { concatBytes } from '../../bytes/concat.js'
import { ServiceError } from '../../errors.js'
import type {
  ByteRange,
  MetadataStore,
  MultipartStore,
  ObjectStore,
  StoreAnswer,
  StoreRequestOptions,
  UploadBody,
} from '../object-store.js'
import { ossError } from '../store-error.js'
import { assertStoredAnswer, withEtag } from '../stored-answer.js'
import { restMetadata } from './rest-metadata.js'
import { restMultipart } from './rest-multipart.js'
import { badAnswer, requestOptions, withContentType, type RestCaller } from './rest-request.js'
import type { RestAnswer, RestRequest, RestTransport } from './rest-transport.js'
import { readField } from './xml.js'

/** The answers that are read as text are short: a thousand uploads, or an error. */
const MAX_TEXT_LENGTH = 4 * 1024 * 1024

/** OSS through its REST interface, whoever signs and sends the requests. */
export class RestStore implements ObjectStore {
  readonly multipart: MultipartStore
  readonly metadata: MetadataStore
  readonly #caller: RestCaller

  /** @param requireCrc64 Whether OSS's answer to bytes has to say which checksum they have; a page sees that only where the bucket exposes it. */
  constructor(send: RestTransport, requireCrc64: boolean) {
    const open = async (request: RestRequest): Promise<RestAnswer> => {
      const answer = await send(request)
      if (answer.status < 200 || answer.status >= 300 || answer.status === 203) throw await failure(request, answer)
      return answer
    }
    const text = async (request: RestRequest) => {
      const { status, headers, body } = await open(request)
      return { status, headers, text: await readText(request, body) }
    }
    const store: RestCaller['store'] = async (request, expected) => {
      const { text: content, ...answer } = withEtag(await text(request))
      const root = 'root' in expected ? expected.root : undefined
      if (root !== undefined && !content.includes(`<${root}`)) throw badAnswer(request, answer.status)
      assertStoredAnswer(request.operation, answer, { crc64: requireCrc64 && 'crc64' in expected, requestId: false })
      return answer
    }
    this.#caller = { open, text, store }
    this.multipart = restMultipart(this.#caller)
    this.metadata = restMetadata(this.#caller)
  }

  async put(
    name: string,
    body: UploadBody,
    options: StoreRequestOptions & { readonly mime?: string | undefined },
  ): Promise<StoreAnswer> {
    const request = { operation: 'PutObject', method: 'PUT', name, body, ...requestOptions(options) } as const
    return this.#caller.store({ ...request, headers: withContentType(request.headers, options.mime) }, { crc64: true })
  }

  async get(
    name: string,
    options: StoreRequestOptions & { readonly range?: ByteRange | undefined },
  ): Promise<StoreAnswer & { readonly body: AsyncIterable<Uint8Array> }> {
    const { headers, ...rest } = requestOptions(options)
    const range = options.range && {
      range: `bytes=${formatRange(options.range)}`,
      'x-oss-range-behavior': 'standard',
    }
    const request = { operation: 'GetObject', method: 'GET', name, query: versionQuery(options), ...rest } as const
    return this.#caller.open({ ...request, headers: { ...headers, ...range } })
  }

  async head(name: string, options: StoreRequestOptions): Promise<StoreAnswer> {
    const query = versionQuery(options)
    return this.#answer({ operation: 'HeadObject', method: 'HEAD', name, query, ...requestOptions(options) })
  }

  async delete(name: string, options: StoreRequestOptions): Promise<StoreAnswer> {
    const query = versionQuery(options)
    return this.#answer({ operation: 'DeleteObject', method: 'DELETE', name, query, ...requestOptions(options) })
  }

  async copy(name: string, sourceName: string, options: StoreRequestOptions): Promise<StoreAnswer> {
    const copySource = { name: sourceName, versionId: options.versionId }
    const request = { operation: 'CopyObject', method: 'PUT', name, copySource, ...requestOptions(options) } as const
    return this.#caller.store(request, { root: 'CopyObjectResult' })
  }

  async #answer(request: RestRequest): Promise<StoreAnswer> {
    const { status, headers } = await this.#caller.text(request)
    return { status, headers }
  }
}

async function readText(request: RestRequest, body: AsyncIterable<Uint8Array>): Promise<string> {
  let chunks
  try {
    chunks = await collectBytes(body, MAX_TEXT_LENGTH)
  } catch (error) {
    request.signal?.throwIfAborted()
    if (error instanceof ServiceError) throw error
    throw ossError(request.operation, {}, new Error('the connection broke'))
  }
  if (!chunks) throw badAnswer(request)
  return new TextDecoder().decode(concatBytes(...chunks))
}

/** The typed error for an answer that is no success. Of its text, only the service's code and the request id are kept. */
async function failure(request: RestRequest, { status, headers, body }: RestAnswer): Promise<ServiceError> {
  // An answer to HEAD has its text in a header.
  const inHeader = headers['x-oss-err']
  const text = inHeader === undefined ? await readText(request, body).catch(() => '') : fromBase64(inHeader)
  const serviceCode = /^[A-Za-z.]{1,64}$/.exec(readField(text, 'Code') ?? '')?.[0]
  const requestId = /^[\w-]{1,64}$/.exec(headers['x-oss-request-id'] ?? readField(text, 'RequestId') ?? '')?.[0]
  request.signal?.throwIfAborted()
  return ossError(request.operation, { status, serviceCode, requestId })
}

function fromBase64(text: string): string {
  try {
    return atob(text)
  } catch {
    return ''
  }
}

function formatRange({ start, end }: ByteRange): string {
  return start < 0 ? String(start) : `${String(start)}-${end === undefined ? '' : String(end)}`
}

function versionQuery({ versionId }: StoreRequestOptions): Record<string, string> {
  return versionId === undefined ? {} : { versionId }
}
