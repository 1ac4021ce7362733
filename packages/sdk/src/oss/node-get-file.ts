import { openFileTarget } from '../io/file-target.js'
import { planDownload, type PartOptions } from '../transfer/download-plan.js'
import { getWhole, type GetOptions } from './get-whole.js'
import type { ClientParts, ObjectInfo } from './open-object.js'
import { resumeFile } from './node-resume-file.js'

/** Options of reading a whole object into a file. */
export interface GetFileOptions extends GetOptions, PartOptions {
  /**
   * The path of a file in which it is written down how far the download has come, so that another call with the same path goes on with it: after an
   * error, an abort, or when the process was killed. Until then, the ciphertext that has come stays in a hidden file beside the target; both are
   * gone when the download has succeeded. One download has one such file, and one process at a time works on it.
   */
  readonly checkpoint?: string | undefined
  /**
   * Whether the file takes the place of one that is there. Default true; else reading fails with the file system's `EEXIST`, also when somebody else's
   * file has come there meanwhile.
   */
  readonly replace?: boolean | undefined
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
  const plan = planDownload(options)
  const { checkpoint, replace } = options
  if (checkpoint !== undefined) return resumeFile(parts, name, path, { ...options, checkpoint }, plan)
  const target = await openFileTarget(path, { replace })
  try {
    const info = await getWhole(parts, name, () => target, options, plan)
    await target.commit()
    return info
  } finally {
    await target.dispose()
  }
}
