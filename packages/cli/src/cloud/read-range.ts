import { ServiceError } from 'osscrypt'
import type { ByteRange, GetRangeOptions, OssEncryptionClient, RangeResult } from 'osscrypt/oss'

/** So much is held in memory at once. */
const PIECE_LENGTH = 8 * 1024 * 1024

/** A range of any length, piece by piece, all of one object. @throws as `getRange`; ServiceError `ObjectChanged`. */
export async function* readRange(
  client: OssEncryptionClient,
  key: string,
  range: ByteRange,
  options: GetRangeOptions,
): AsyncGenerator<Pick<RangeResult, 'content' | 'verified'>> {
  // Of the first piece, what OSS says of the whole tells where the others are.
  const first = range.start < 0 ? range : { start: range.start, end: lastOf(range.start, range.end) }
  let piece = await client.getRange(key, await shortened(client, key, first, options), options)
  const { etag } = piece.res.headers
  const { totalLength } = piece.range
  const end = range.start < 0 ? undefined : range.end
  yield piece
  for (;;) {
    const start = piece.range.end + 1
    if (start > (end ?? Infinity) || (totalLength !== undefined && start >= totalLength)) return
    piece = await client.getRange(key, { start, end: lastOf(start, end) }, options)
    if (piece.res.headers['etag'] !== etag) {
      throw new ServiceError('ObjectChanged', `${key} was replaced while it was read`, { service: 'oss' })
    }
    yield piece
  }
}

function lastOf(start: number, end: number | undefined): number {
  return Math.min(end ?? Infinity, start + PIECE_LENGTH - 1)
}

/** The last bytes of an object, when they are many: where they begin is asked for. */
async function shortened(
  client: OssEncryptionClient,
  key: string,
  range: ByteRange,
  { signal, versionId }: GetRangeOptions,
): Promise<ByteRange> {
  if (range.start >= -PIECE_LENGTH) return range
  const { plaintextLength } = await client.head(key, { signal, versionId })
  if (plaintextLength === undefined) return range
  const start = Math.max(0, plaintextLength + range.start)
  return { start, end: lastOf(start, undefined) }
}
