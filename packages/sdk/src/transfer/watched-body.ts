import { startCrc64 } from '#crc64'
import type { Crc64 } from '../store/crc64.js'
import type { UploadBody } from '../store/object-store.js'
import type { UploadProgress } from './progress.js'
import type { SealedWhole } from './sealed-object.js'

/** Bytes on their way out, counted and summed up as they are read. */
export interface WatchedBody<Length extends number | undefined> {
  readonly body: UploadBody & { readonly length: Length }
  /** CRC-64 of the bytes that were last read to their end; undefined where it was not asked for. */
  readonly crc64: () => string | undefined
}

/** Watches a part, or a whole object, as it is sent. */
export async function watchBody<Length extends number | undefined>(
  sealed: Pick<SealedWhole, 'bytes' | 'open'> & { readonly length: Length; readonly rereadable?: boolean },
  number: number,
  progress: UploadProgress,
  checkCrc64: boolean,
): Promise<WatchedBody<Length>> {
  const { length, bytes, rereadable = true } = sealed
  const known = checkCrc64 && bytes ? await crc64Of(bytes) : undefined
  let checksum: Crc64 | undefined
  const open = async function* (): AsyncGenerator<Uint8Array> {
    // An attempt that was ended may still be at its last piece when the next one begins.
    const own = checkCrc64 && known === undefined ? await startCrc64() : undefined
    checksum = own
    let sent = 0
    for await (const piece of sealed.open()) {
      own?.update(piece)
      yield piece
      sent += piece.length
      progress.report(number, sent, length)
    }
  }
  return { body: { length, rereadable, bytes, open }, crc64: () => known ?? checksum?.value() }
}

async function crc64Of(bytes: Uint8Array): Promise<string> {
  const checksum = await startCrc64()
  checksum.update(bytes)
  return checksum.value()
}
