import { Readable } from 'node:stream'
import type { MultipartStore, ObjectStore, StoreRequestOptions, UploadBody } from 'osscrypt/oss'

/** The bytes that one attempt at sending a part gave, whether they were stored or not. */
export interface SentAttempt {
  readonly name: string
  readonly uploadId: string
  readonly number: number
  readonly bytes: Buffer
}

/** What a {@link SpyStore} may be told to do at a part; what is thrown is the answer. */
export type AtPart = (part: { readonly number: number; readonly attempt: number; readonly bytes: Buffer }) => unknown

/** A store that passes everything on to another one, and keeps every byte of every attempt. */
export class SpyStore implements ObjectStore {
  readonly attempts: SentAttempt[] = []
  /** Called when all bytes of an attempt have been read, before they are stored. */
  atPart: AtPart | undefined
  /** Called when a part is stored; what it gives are headers to answer with instead. */
  afterPart: ((number: number) => Record<string, string> | undefined) | undefined
  underWay = 0
  mostUnderWay = 0
  readonly multipart: MultipartStore
  readonly #inner: ObjectStore

  constructor(inner: ObjectStore) {
    this.#inner = inner
    const parts = inner.multipart!
    this.multipart = {
      initiate: (...args) => parts.initiate(...args),
      complete: (...args) => parts.complete(...args),
      abort: (...args) => parts.abort(...args),
      listUploads: (...args) => parts.listUploads(...args),
      uploadPart: async (name, uploadId, number, body, options) => {
        this.underWay += 1
        this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay)
        try {
          const read: Buffer[] = []
          try {
            for await (const chunk of body.open() as AsyncIterable<Buffer>) read.push(Buffer.from(chunk))
          } finally {
            this.attempts.push({ name, uploadId, number, bytes: Buffer.concat(read) })
          }
          const bytes = Buffer.concat(read)
          const attempt = this.attempts.filter((each) => each.number === number && each.uploadId === uploadId).length
          await this.atPart?.({ number, attempt, bytes })
          const answer = await parts.uploadPart(name, uploadId, number, bodyOf(bytes), options)
          return { ...answer, headers: { ...answer.headers, ...this.afterPart?.(number) } }
        } finally {
          this.underWay -= 1
        }
      },
    }
  }

  get bucket(): string | undefined {
    return this.#inner.bucket
  }
  put(name: string, body: UploadBody, options: StoreRequestOptions & { mime?: string | undefined }) {
    return this.#inner.put(name, body, options)
  }
  get(...args: Parameters<ObjectStore['get']>) {
    return this.#inner.get(...args)
  }
  head(...args: Parameters<ObjectStore['head']>) {
    return this.#inner.head(...args)
  }
  delete(...args: Parameters<ObjectStore['delete']>) {
    return this.#inner.delete(...args)
  }
  copy(...args: Parameters<ObjectStore['copy']>) {
    return this.#inner.copy(...args)
  }
}

function bodyOf(bytes: Buffer): UploadBody & { length: number } {
  return { length: bytes.length, rereadable: true, bytes, open: () => Readable.from([bytes], { objectMode: false }) }
}

/**
 * The offsets of a GCM object at which two attempts gave different bytes: a key stream that has met two plaintexts.
 *
 * @param partLength Of every part but the last.
 */
export function differingBytes(attempts: readonly SentAttempt[], partLength: number): number[] {
  const seen = new Map<number, Buffer>()
  const found: number[] = []
  for (const { number, bytes } of attempts) {
    const known = seen.get(number)
    const common = Math.min(known?.length ?? 0, bytes.length)
    if (known && !known.subarray(0, common).equals(bytes.subarray(0, common))) found.push((number - 1) * partLength)
    if (!known || known.length < bytes.length) seen.set(number, bytes)
  }
  return found
}

/** The nonces of all FLOE segments that were sent, each with what it was used for; a nonce for two segments is in it twice. */
export function floeNonces(attempts: readonly SentAttempt[], segmentLength: number): Map<string, Set<string>> {
  const nonces = new Map<string, Set<string>>()
  for (const { number, bytes } of attempts) {
    for (let at = number === 1 ? 74 : 0; at + 16 <= bytes.length; at += segmentLength) {
      const nonce = bytes.subarray(at + 4, at + 16).toString('hex')
      const used = nonces.get(nonce) ?? new Set()
      // What was cut is compared as far as it goes: a segment has one ciphertext for one nonce.
      used.add(bytes.subarray(at + 16, Math.min(at + 32, bytes.length)).toString('hex'))
      nonces.set(nonce, used)
    }
  }
  return nonces
}
