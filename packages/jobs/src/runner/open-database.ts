import { open as openFile, type FileHandle } from 'node:fs/promises'
import { open, type RootDatabase } from 'lmdb'
import { openOrMakeOwnFile } from 'osscrypt/files'
import { JobFolderError } from './job-folder-error.js'

/** Where LMDB's file format, version 2, has what is looked at of a meta page: the first two pages are such. */
const META = {
  length: 160,
  magic: 24,
  version: 28,
  pageLength: 48,
  freeRoot: 88,
  mainRoot: 136,
  transaction: 152,
} as const
const [MAGIC, VERSION] = [0xbeefc0de, 2]
const NO_PAGE = 0xffff_ffff_ffff_ffffn

/**
 * Opens an LMDB database in a file of its own, which is made unless it is there. LMDB itself would end the process at a file that is none, or was cut: the
 * start of the file and the place of its trees' roots are looked at before. What was changed within is not noticed: what others can write is not opened, as LMDB
 * follows what stands in its pages through this process's memory.
 *
 * @throws JobFolderError `JobDamaged`; OsscryptError `UntrustedFile`.
 */
export async function openDatabase<Value = unknown>(path: string): Promise<RootDatabase<Value, string>> {
  for (const each of [path, `${path}-lock`]) await (await openOrMakeOwnFile(each)).close()
  if (!(await isSound(path))) throw new JobFolderError('JobDamaged', `${path} is damaged`)
  return open<Value, string>({ path, cache: false, noSubdir: true })
}

async function isSound(path: string): Promise<boolean> {
  let file: FileHandle
  try {
    file = await openFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true
    throw error
  }
  try {
    if (!(await file.stat()).isFile()) return false
    const first = await metaAt(file, 0)
    const second = first && (await metaAt(file, first.pageLength))
    // After the pages were read: another process may write, and roots are in the file before anything leads to them.
    const { size } = await file.stat()
    // A process may have ended when it had only made the file.
    if (size === 0) return true
    if (!first || second?.pageLength !== first.pageLength) return false
    const newest = first.transaction > second.transaction ? first : second
    const pages = BigInt(Math.floor(size / newest.pageLength))
    return newest.roots.every((root) => root === NO_PAGE || root < pages)
  } finally {
    await file.close()
  }
}

/** @returns undefined when there is no meta page. */
async function metaAt(file: FileHandle, start: number) {
  const page = Buffer.alloc(META.length)
  const { bytesRead } = await file.read(page, 0, META.length, start)
  if (bytesRead < META.length) return undefined
  if (page.readUInt32LE(META.magic) !== MAGIC || page.readUInt32LE(META.version) !== VERSION) return undefined
  const pageLength = page.readUInt32LE(META.pageLength)
  if (pageLength < 4096 || pageLength > 65_536 || (pageLength & (pageLength - 1)) !== 0) return undefined
  const roots = [page.readBigUInt64LE(META.freeRoot), page.readBigUInt64LE(META.mainRoot)]
  return { pageLength, roots, transaction: page.readBigUInt64LE(META.transaction) }
}
