import type { GetOptions } from './get-whole.js'
import { openWhole, type ClientParts, type ObjectInfo } from './open-object.js'

/**
 * Verifies a whole object without keeping anything of it: over one connection, in the memory of some segments, and without temporary files.
 *
 * @throws IntegrityError, and as reading it.
 */
export async function verifyObject(parts: ClientParts, name: string, options: GetOptions): Promise<ObjectInfo> {
  const opened = await openWhole(parts, name, options)
  try {
    await opened.body.authenticate(opened.layout.whole(), opened.bytes)
    opened.progress.end()
    await opened.body.finish()
    await opened.bytes.close()
    return opened.info
  } finally {
    opened.close()
  }
}
