import type { BigIntStats } from 'node:fs'
import { lstat, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Entry, Found } from './entry.js'

/** How a folder is walked. */
export interface WalkOptions {
  /** Takes what symbolic links lead to, in their place. */
  readonly followLinks: boolean
  /** Whether what has a name, and with `/` at its end all that is below it, is meant. */
  readonly chooses: (name: string) => boolean
  /** Whether a folder that is not there is one in which there is nothing: a target is made when something comes. */
  readonly mayBeMissing?: boolean | undefined
}

/**
 * The files below a folder, in the order in which OSS lists their names. A folder in which there is nothing stands for itself. What cannot be read, or is
 * neither file nor folder, is told of in its place.
 */
export async function* listFiles(
  folder: string,
  options: WalkOptions,
  above = '',
  parents: readonly string[] = [],
): AsyncGenerator<Found> {
  let names: string[]
  let within = parents
  try {
    names = await readdir(join(folder, above))
    if (above === '') within = [idOf(await stat(folder, { bigint: true }))]
  } catch (error) {
    if (above === '' && options.mayBeMissing === true && (error as NodeJS.ErrnoException).code === 'ENOENT') return
    // The folder that was named is the whole; of those below it the others can be had.
    if (above === '') throw error
    yield { name: above, error }
    return
  }
  if (names.length === 0 && above !== '') yield { name: above, kind: 'folder', length: 0, modified: new Date(0) }
  const looks = await Promise.all(names.map((name) => look(folder, `${above}${name}`, options.followLinks)))
  for (const found of looks.sort((a, b) => compareNames(a.name, b.name))) {
    if (!options.chooses(found.name)) continue
    if (!('stats' in found)) yield found
    else if (!found.stats.isDirectory()) yield toEntry(found.name, found.stats)
    else {
      const id = idOf(found.stats)
      if (within.includes(id)) yield { name: found.name, omitted: 'a link that leads back to a folder it is in' }
      else yield* listFiles(folder, options, found.name, [...within, id])
    }
  }
}

/** Of a name what there is: a folder's gets `/` at its end. */
async function look(
  folder: string,
  name: string,
  followLinks: boolean,
): Promise<{ readonly name: string; readonly stats: BigIntStats } | Exclude<Found, Entry>> {
  if (name.includes('\ufffd')) return { name, omitted: 'a name that is not UTF-8' }
  try {
    const stats = await (followLinks ? stat : lstat)(join(folder, name), { bigint: true })
    if (stats.isDirectory()) return { name: `${name}/`, stats }
    if (stats.isFile()) return { name, stats }
    return { name, omitted: stats.isSymbolicLink() ? 'a symbolic link (-L follows it)' : 'neither file nor folder' }
  } catch (error) {
    return { name, error }
  }
}

function idOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`
}

export function toEntry(name: string, { size, mtime, mtimeNs }: BigIntStats): Entry {
  return { name, kind: 'file', length: Number(size), modified: mtime, mtimeNs }
}

/** By their bytes in UTF-8, as OSS sorts keys. */
export function compareNames(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
