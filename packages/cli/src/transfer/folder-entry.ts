import { mkdir } from 'node:fs/promises'
import { askOss } from '../cloud/ask-oss.js'
import type { Location } from '../location.js'
import type { Transfer } from './transfer-object.js'

/** Makes what stands for a folder in which there is nothing: a folder; in OSS an empty object whose key ends with `/`, as consoles make them. */
export async function makeFolderEntry({ session }: Transfer, target: Location, signal: AbortSignal): Promise<void> {
  if (target.kind === 'file') {
    await mkdir(target.path, { recursive: true })
  } else if (target.kind === 'oss') {
    const store = await session.rawStore(target.bucket)
    await askOss(`PutObject ${target.key}`, () => store.put(target.key, Buffer.alloc(0)), { retry: session.retry, signal })
  }
}
