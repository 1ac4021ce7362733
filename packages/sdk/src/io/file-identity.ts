import type { BigIntStats } from 'node:fs'
import { stat, type FileHandle } from 'node:fs/promises'

/** What tells a file from what it is after a change. Inode and times, in nanoseconds, are decimal numbers. */
export interface FileIdentity {
  readonly length: number
  readonly inode: string
  /** When its content was last changed, as far as nobody set another time. */
  readonly modifiedNs: string
  /** When anything of it was last changed, its name included: what nobody can set. */
  readonly changedNs: string
}

/** What the file system says of a file, given by its path or open. */
export async function identifyFile(file: string | FileHandle): Promise<FileIdentity> {
  return identify(await (typeof file === 'string' ? stat(file, { bigint: true }) : file.stat({ bigint: true })))
}

/** What was said of a file, as what tells it from others. */
export function identify({ size, ino, mtimeNs, ctimeNs }: BigIntStats): FileIdentity {
  return { length: Number(size), inode: String(ino), modifiedNs: String(mtimeNs), changedNs: String(ctimeNs) }
}

/** Whether two looks at a file saw the same. */
export function sameFile(left: FileIdentity, right: FileIdentity): boolean {
  return (['length', 'inode', 'modifiedNs', 'changedNs'] as const).every((field) => left[field] === right[field])
}
