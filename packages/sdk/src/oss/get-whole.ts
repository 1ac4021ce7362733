import { freeBuffer } from '../bytes/free-buffer.js'
import { shareOf } from '../crypto/map-in-order.js'
import type { ByteSource } from '../bytes/byte-source.js'
import { fetchSteps } from '../transfer/fetch-steps.js'
import { identifyObject } from '../transfer/fetch.js'
import { linkAbort } from '../retry/linked-abort.js'
import type { DownloadPlan } from '../transfer/download-plan.js'
import type { Progress } from '../transfer/progress.js'
import type { Target } from '../target/target.js'
import type { BodyStep } from '../format/object-format.js'
import {
  fetchOptions,
  openWhole,
  type ClientParts,
  type ObjectInfo,
  type OpenedWhole,
  type ReadOptions,
} from './open-object.js'

/** Options of reading a whole object. */
export interface GetOptions extends ReadOptions {
  /** Told of ciphertext that has arrived. */
  readonly progress?: Progress | undefined
}

/**
 * Reads a whole object into a target, a large one on several connections. When this resolves, everything that was written is verified.
 *
 * @param openTarget Makes the target when the object has been opened, and is known to be readable.
 */
export async function getWhole(
  parts: ClientParts,
  name: string,
  openTarget: (opened: OpenedWhole) => Target | Promise<Target>,
  options: GetOptions,
  { parallel, partLength, oneStreamLength }: DownloadPlan,
): Promise<ObjectInfo> {
  const link = linkAbort(options.signal)
  const reading = { ...options, signal: link.signal }
  try {
    const opened = await openWhole(parts, name, reading)
    try {
      const { layout, body, bytes, progress } = opened
      const target = await openTarget(opened)
      const take = async (step: BodyStep, source: ByteSource, concurrency?: number): Promise<void> => {
        const writer = target.writeFrom(step.plaintext.start)
        for await (const plaintext of body.decrypt(step, source, concurrency)) {
          link.signal.throwIfAborted()
          await writer.append(plaintext, freeBuffer)
        }
        await writer.flush()
      }
      const identity = identifyObject(opened.reading)
      const steps = identity && identity.totalLength > oneStreamLength ? layout.cut(partLength) : undefined
      if (identity && steps && steps.count > 1) {
        const origin = { store: parts.store, name, identity, opening: bytes, link, progress }
        // As many pieces at a time as of one stream, all connections together.
        const each = shareOf(parts.concurrency, parallel)
        await fetchSteps(origin, steps, (step, source) => take(step, source, each), {
          ...fetchOptions(parts, reading),
          parallel,
        })
      } else {
        await take(layout.whole(), bytes)
        await bytes.close()
      }
      progress.end()
      await body.finish()
      return opened.info
    } finally {
      opened.close()
    }
  } finally {
    link.release()
  }
}
