import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Entry } from './entry.js'

/**
 * The files below a folder, by their names. Symbolic links are not followed, and what is neither file nor folder is passed over.
 *
 * @param onSkipped Told of what is passed over.
 */
export async function* listFiles(
  folder: string,
  onSkipped: (name: string, why: string) => void,
  above = '',
): AsyncGenerator<Entry> {
  const entries = await readdir(join(folder, above), { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = `${above}${entry.name}`
    if (entry.isDirectory()) yield* listFiles(folder, onSkipped, `${name}/`)
    else if (entry.isSymbolicLink()) onSkipped(name, 'it is a symbolic link')
    else if (!entry.isFile()) onSkipped(name, 'it is not a file')
    else if (name.includes('\ufffd')) onSkipped(name, 'its name is not UTF-8')
    else {
      const { size, mtime } = await lstat(join(folder, name))
      yield { name, kind: 'file', length: size, modified: mtime }
    }
  }
}
