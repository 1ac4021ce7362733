import { createHash } from 'node:crypto'
import type { Place, RequestBody } from '../protocol/backend.js'
import { OssError } from '../protocol/error/oss-error.js'
import type { ObjectFacts, ObjectTraits } from '../protocol/facts.js'
import type { Bucket } from './bucket.js'
import { checkOverwrite } from './check-overwrite.js'
import { combineCrc64 } from './checksum/crc64.js'
import { commitOrRemove, etagOf } from './commit-or-remove.js'
import type { ObjectRecord } from './object-record.js'
import { writeBody } from './write-body.js'

/** Appends to the newest version of an object, or begins one. */
export async function appendObject(
  bucket: Bucket,
  place: Place,
  traits: ObjectTraits,
  { position, body: requestBody }: { position: number; body: RequestBody },
): Promise<ObjectFacts> {
  checkOverwrite(bucket, place)
  checkPosition(bucket.index.current(place.key), position)
  const body = await writeBody(bucket.data, requestBody)
  return commitOrRemove(bucket, body, () => {
    // Another request may have appended meanwhile.
    const current = bucket.index.current(place.key)
    checkPosition(current, position)
    const added = { crc64: body.crc64, length: body.length }
    if (current === null) {
      return bucket.commit({
        ...traits,
        key: place.key,
        deleteMarker: false,
        type: 'Appendable',
        size: body.length,
        etag: etagOf(body),
        crc64: body.crc64.toString(),
        lastModifiedMs: place.nowMs,
        pieces: body.pieces,
      })
    }
    return bucket.extend(current, {
      size: current.size + body.length,
      etag: createHash('md5').update(current.etag).update(body.md5).digest('hex').toUpperCase(),
      crc64: combineCrc64([{ crc64: BigInt(current.crc64), length: current.size }, added]).toString(),
      lastModifiedMs: place.nowMs,
      pieces: [...current.pieces, ...body.pieces],
    })
  })
}

function checkPosition(current: ObjectRecord | null, position: number): void {
  if (current !== null && current.type !== 'Appendable') throw new OssError('ObjectNotAppendable')
  const length = current?.size ?? 0
  if (position !== length) {
    throw new OssError('PositionNotEqualToLength', { headers: { 'x-oss-next-append-position': String(length) } })
  }
}
