import { openFileTarget } from '../io/file-target.js'
import { streamInPieces } from '../io/pieces.js'
import { closeObject, decryptObject, readReporting } from '../format/gcm/reader.js'
import { downloadParts, identifyObject, planParts, type PartOptions } from '../transfer/fetch-in-order.js'
import { endTogether } from '../transfer/linked-abort.js'
import { getFloeFile } from './get-floe-file.js'
import type { GetOptions } from './get-object.js'
import { findObject, unlockObject, type ClientParts, type ObjectInfo } from './open-object.js'
import { resumeFile } from './resume-file.js'

/** Options of reading a whole object into a file. */
export interface GetFileOptions extends GetOptions, PartOptions {
  /**
   * The path of a file in which it is written down how far the download has come, so that another call with the same path goes on with it: after an
   * error, an abort, or when the process was killed. Until then, the ciphertext that has come stays in a hidden file beside the target; both are
   * gone when the download has succeeded. One download has one such file, and one process at a time works on it.
   */
  readonly checkpoint?: string | undefined
}

/**
 * Reads a whole object into a file, which gets its name when all of it is verified; until then, and after a failure, there is none. A large object
 * is fetched in parts.
 */
export async function getFile(
  parts: ClientParts,
  name: string,
  path: string,
  options: GetFileOptions,
): Promise<ObjectInfo> {
  const plan = planParts(options)
  const { checkpoint } = options
  if (checkpoint !== undefined) return resumeFile(parts, name, path, { ...options, ...plan, checkpoint })
  const target = await openFileTarget(path)
  const together = endTogether(options.signal)
  const reading = { ...options, signal: together.signal }
  try {
    const found = await findObject(parts, name, reading)
    const identity = identifyObject(found.reading)
    const inParts = identity !== null && identity.totalLength > plan.oneStreamLength
    const isFloe = found.envelope.header.algorithm.mode === 'FLOE'
    // Its headers are what was needed of it.
    if (inParts && !isFloe) found.reading.discard()
    const opened = await unlockObject(parts, found, reading)
    try {
      if (inParts && isFloe) {
        await getFloeFile(parts, name, target, opened, identity, together, { ...options, parallel: plan.parallel })
      } else {
        const ciphertext = inParts
          ? streamInPieces(downloadParts(parts, name, reading, identity, plan))
          : readReporting(opened, reading)
        const file = target.writeFrom(0)
        for await (const plaintext of await decryptObject(opened, ciphertext)) await file.append(plaintext)
      }
      await target.commit()
      return opened.info
    } finally {
      closeObject(opened)
    }
  } finally {
    together.release()
    await target.dispose()
  }
}
