import { ServiceError } from 'osscrypt'
import { createCRC64 } from 'hash-wasm'
import { createHash, type Hash } from 'node:crypto'
import type { BucketClient } from './bucket-client.js'
import { toServiceError } from './ask-oss.js'

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
  const { stream } = await bucket
    .getStream(name, { headers: { 'If-Match': head['etag'], 'accept-encoding': 'identity' } })
    .catch((error: unknown) => {
      throw toServiceError('GetObject', error)
    })
  return {
    body: checked(stream as AsyncIterable<Uint8Array>, head, { crc64, sha256 }, signal),
    digest: () => sha256.digest(),
  }
}

async function* checked(
  stream: AsyncIterable<Uint8Array>,
  head: Readonly<Record<string, string>>,
  { crc64, sha256 }: { readonly crc64: Awaited<ReturnType<typeof createCRC64>>; readonly sha256: Hash },
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let length = 0
  try {
    for await (const bytes of stream) {
      signal?.throwIfAborted()
      length += bytes.length
      crc64.update(bytes)
      sha256.update(bytes)
      yield bytes
    }
  } catch (error) {
    signal?.throwIfAborted()
    throw toServiceError('GetObject', error)
  }
  const said = head['x-oss-hash-crc64ecma']
  const isWhole = length === Number(head['content-length'])
  if (isWhole && (said === undefined || BigInt(said) === BigInt(`0x${crc64.digest('hex')}`))) return
  throw new ServiceError('ChecksumMismatch', 'GetObject: what came is not what OSS says it has', {
    service: 'oss',
    retryable: true,
  })
}
