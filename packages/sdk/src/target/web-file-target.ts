import { isFileInDirectory, type BrowserFile, type FileInDirectory, type WritableFileHandle } from './browser-file.js'
import type { Target, TargetWriter } from './target.js'

/** A file that gets its content when all of it is known to be right, and not before. */
export interface WebFileTarget extends Target {
  /** Gives the file its content, in place of what it had. */
  commit(): Promise<void>
  /** Throws away what was written, and takes away a file that was made for it; does nothing after {@link commit}. */
  dispose(): Promise<void>
}

/**
 * Prepares to write a file: what is written is kept by the browser beside the file.
 *
 * @throws what the browser says, such as a DOMException `NotAllowedError` where it may not be written.
 */
export async function openWebFileTarget(file: BrowserFile): Promise<WebFileTarget> {
  const { handle, forget } = isFileInDirectory(file) ? await makeFile(file) : { handle: file, forget: undefined }
  try {
    return await openHandleTarget(handle, forget)
  } catch (error) {
    await forget?.()
    throw error
  }
}

async function openHandleTarget(handle: WritableFileHandle, forget?: () => Promise<void>): Promise<WebFileTarget> {
  const writable = await handle.createWritable({ keepExistingData: false })
  let done = false
  return {
    writeFrom: (start) => writeFrom(start),
    commit: async () => {
      await writable.close()
      done = true
    },
    dispose: async () => {
      if (done) return
      await writable.abort().catch(() => undefined)
      await forget?.().catch(() => undefined)
    },
  }

  function writeFrom(start: number): TargetWriter {
    let position = start
    let writing = Promise.resolve()
    return {
      append: (bytes, written) => {
        const before = writing
        const at = position
        position += bytes.length
        // One is on its way while the next is made.
        writing = before.then(async () => {
          await writable.write({ type: 'write', position: at, data: bytes })
          written?.(bytes)
        })
        // It is awaited by the next, or by a flush; until then a failure has to have a handler.
        writing.catch(() => undefined)
        return before
      },
      flush: () => writing,
    }
  }
}

/** The file, and what takes it away again if it was not there before. */
async function makeFile({ directory, name }: FileInDirectory) {
  const existing = await directory.getFileHandle(name).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'NotFoundError') return undefined
    throw error
  })
  if (existing) return { handle: existing, forget: undefined }
  const handle = await directory.getFileHandle(name, { create: true })
  return { handle, forget: () => directory.removeEntry(name) }
}
