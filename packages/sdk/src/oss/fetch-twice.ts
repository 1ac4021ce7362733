import { ByteSource } from '../bytes/byte-source.js'
import { linkAbort } from '../retry/linked-abort.js'
import { DEFAULT_MEMORY_LIMIT } from '../spool/spool.js'
import { DownloadProgress } from '../transfer/download-progress.js'
import { fetchSameObject, identifyObject } from '../transfer/fetch.js'
import type { PassProgress } from '../transfer/pass-progress.js'
import { holdBody, type BodyPlaintext } from './hold-body.js'
import { fetchOptions, type ClientParts, type OpenedWhole, type ReadOptions } from './open-object.js'

/**
 * Verifies all of a body, and holds nothing of it: it is fetched anew as it is read, on condition that the object is the same, and each piece is handed
 * out when it is just what was verified. A body that fits in memory, or whose algorithm cannot tell of pieces, is held.
 *
 * @throws IntegrityError; ServiceError. Nothing stays open then.
 */
export async function verifyAndFetchAgain(
  parts: ClientParts,
  name: string,
  opened: OpenedWhole,
  options: ReadOptions,
  passes: PassProgress,
): Promise<BodyPlaintext> {
  const { body, bytes, layout, reading, progress } = opened
  const decryptAgain = body.decryptAgain?.bind(body)
  const identity = identifyObject(reading)
  const isLarge = (identity?.totalLength ?? 0) > (parts.memoryLimit ?? DEFAULT_MEMORY_LIMIT)
  if (!decryptAgain || !identity || !isLarge) return holdBody(parts, opened, options.signal)

  const { totalLength } = identity
  const whole = layout.whole()
  const link = linkAbort(options.signal)
  const close = () => {
    link.release()
    link.abort()
    opened.close()
  }
  passes.expect(2)
  try {
    await body.authenticate(whole, bytes)
    progress.end()
    await body.finish()
    reading.close()
  } catch (error) {
    close()
    throw error
  }
  const request = { ...fetchOptions(parts, options), signal: link.signal }
  const stretch = { start: whole.ciphertext.start, end: totalLength - 1 }
  const read = async function* () {
    // What stands before the ciphertext does not come again.
    passes.next(totalLength + stretch.start)
    const again = new DownloadProgress(passes.tell, totalLength)
    const second = await fetchSameObject(parts.store, name, request, identity, stretch)
    const source = new ByteSource(second.read(), again.taken)
    try {
      yield* decryptAgain(whole, source)
      again.end()
    } finally {
      await source.close()
      second.close()
    }
  }
  return { plaintext: read(), close }
}
