import { askOss } from '../cloud/ask-oss.js'
import type { Location } from '../location.js'
import { makeFoldersBelow } from './target-path.js'
import type { Transfer } from './transfer-object.js'

/** Makes what stands for a folder in which there is nothing: a folder; in OSS an empty object whose key ends with `/`, as consoles make them. */
export async function makeFolderEntry(
  { session }: Transfer,
  target: Location,
  { folder, name }: { readonly folder: string | undefined; readonly name: string },
  signal: AbortSignal,
): Promise<void> {
  if (folder !== undefined) await makeFoldersBelow(folder, name.replace(/\/$/, '').split('/'))
  else if (target.kind === 'oss') {
    const store = await session.rawStore(target.bucket)
    await askOss(`PutObject ${target.key}`, () => store.put(target.key, Buffer.alloc(0)), {
      retry: session.retry,
      signal,
    })
  }
}
