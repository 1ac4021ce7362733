import type { BrowserFile } from '../target/browser-file.js'
import { openWebFileTarget, type WebFileTarget } from '../target/web-file-target.js'
import { planDownload, type PartOptions } from '../transfer/download-plan.js'
import { getWhole, type GetOptions } from './get-whole.js'
import type { ClientParts, ObjectInfo } from './open-object.js'

/**
 * Reads a whole object into a file, which gets its content when all of it is verified; until then, and after a failure, it is what it was. A large
 * object is fetched in parts.
 */
export async function getFile(
  parts: ClientParts,
  name: string,
  file: BrowserFile,
  options: GetOptions & PartOptions,
): Promise<ObjectInfo> {
  const plan = planDownload(options)
  let target: WebFileTarget | undefined
  try {
    const info = await getWhole(parts, name, async () => (target = await openWebFileTarget(file)), options, plan)
    await target?.commit()
    return info
  } finally {
    await target?.dispose()
  }
}
