import { stat, unlink } from 'node:fs/promises'
import { identifyFile } from 'osscrypt/files'
import { askOss } from '../cloud/ask-oss.js'
import { CommandError, usageError } from '../command-error.js'
import { describeLocation, type Location } from '../location.js'
import { transferObject, type Transfer } from './transfer-object.js'

/**
 * Transfers one object, and deletes its source when that is still what was transferred.
 *
 * @throws CommandError `SourceChanged`, the source being left; as transferObject.
 */
export async function moveObject(
  transfer: Transfer,
  source: Location,
  target: Location,
  length?: number,
): Promise<number> {
  // What comes out of a pipe is gone from it when it was read; what would be deleted is the pipe.
  if (source.kind === 'file' && !(await stat(source.path)).isFile())
    throw usageError(`${source.path} is not a file, and cannot be moved: use cp`)
  const before = await identify(transfer, source)
  const bytes = await transferObject(transfer, source, target, length)
  if ((await identify(transfer, source)) !== before) {
    throw new CommandError(
      'failure',
      'SourceChanged',
      `${describeLocation(source)} changed after it was read: it is not deleted`,
      'what it was before is at the target; move it again with --force',
    )
  }
  if (source.kind === 'file') await unlink(source.path)
  else if (source.kind === 'oss') {
    const { session, options, signal } = transfer
    const { versionId } = options.get
    await (await session.client(source.bucket)).delete(source.key, { versionId, signal })
  }
  return bytes
}

/** What tells a file, or an object, from what it is after a change. */
async function identify({ session, options, signal }: Transfer, source: Location): Promise<string> {
  if (source.kind === 'file') return JSON.stringify(await identifyFile(source.path))
  if (source.kind === 'pipe') return ''
  const store = await session.rawStore(source.bucket)
  const asked: object = { versionId: options.get.versionId }
  const { res } = await askOss(`HeadObject ${source.key}`, () => store.head(source.key, asked), {
    retry: session.retry,
    signal,
  })
  const headers = res.headers as Record<string, unknown>
  return JSON.stringify(['etag', 'last-modified', 'x-oss-version-id'].map((name) => headers[name]))
}
