import { ServiceError } from 'osscrypt'
import { createCRC64 } from 'hash-wasm'
import { createHash, type Hash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { BucketClient } from './bucket-client.js'
import { askOss, toServiceError } from './ask-oss.js'
import { neverIdle } from './never-idle.js'

/** An object that nobody encrypted, as it is read from start to end. */
export interface PlainReading {
  readonly body: AsyncIterable<Uint8Array>
  /** SHA-256 of what came, when all of it has. It stays in memory. */
  digest(): Buffer
}

/**
 * Reads an object that is not encrypted, and no other than the one with this ETag. The body ends with an error unless length and CRC-64 are those that OSS
 * tells.
 */
export async function readPlain(
  bucket: BucketClient,
  name: string,
  head: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<PlainReading> {
  const crc64 = await createCRC64()
  const sha256 = createHash('sha256')
  const headers = { 'If-Match': head['etag'], 'accept-encoding': 'identity' }
  // ali-oss changes the headers that it is given.
  const { stream } = await askOss('GetObject', () => bucket.getStream(name, { headers: { ...headers } }), { signal })
  return {
    body: checked(stream as Readable, head, { crc64, sha256 }, signal),
    digest: () => sha256.digest(),
  }
}

async function* checked(
  stream: Readable,
  head: Readonly<Record<string, string>>,
  { crc64, sha256 }: { readonly crc64: Awaited<ReturnType<typeof createCRC64>>; readonly sha256: Hash },
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let length = 0
  try {
    for await (const bytes of neverIdle(stream, signal)) {
      length += bytes.length
      crc64.update(bytes)
      sha256.update(bytes)
      yield bytes
    }
  } catch (error) {
    signal?.throwIfAborted()
    throw error instanceof ServiceError ? error : toServiceError('GetObject', error)
  }
  const said = head['x-oss-hash-crc64ecma']
  const isWhole = length === Number(head['content-length'])
  if (isWhole && (said === undefined || BigInt(said) === BigInt(`0x${crc64.digest('hex')}`))) return
  throw new ServiceError('ChecksumMismatch', 'GetObject: what came is not what OSS says it has', {
    service: 'oss',
    retryable: true,
  })
}
