import type { CommandContext } from '../command-spec.js'
import { readLines } from '../local-files.js'

/** Which names are meant. */
export interface NameFilter {
  /** Whether a name is, and of a folder's, with `/` at its end, whether anything below it can be. */
  readonly chooses: (name: string) => boolean
  /** The only names that are meant, where they were listed. */
  readonly names: readonly string[] | undefined
}

/** Reads --include, --exclude and --files-from. A pattern without `/` is of the last part of a name, and of folders. */
export async function readNameFilter({ flags, signal }: Pick<CommandContext, 'flags' | 'signal'>): Promise<NameFilter> {
  const [includes, excludes, list] = [flags.list('include'), flags.list('exclude'), flags.text('filesFrom')]
  const names = list === undefined ? undefined : await readLines(list, signal)
  if (includes.length + excludes.length === 0) return { chooses: () => true, names }
  const { default: picomatch } = await import('picomatch')
  const matcher = (patterns: readonly string[]) => {
    const tests = patterns.map((pattern) => {
      const test = picomatch(pattern.replace(/^\//, '').replace(/\/$/, ''), { dot: true, nonegate: true })
      return (name: string) => test(name) || (!pattern.includes('/') && test(name.slice(name.lastIndexOf('/') + 1)))
    })
    // What a folder is, is what is below it.
    return (name: string) => withFolders(name).some((each) => tests.some((test) => test(each)))
  }
  const [included, excluded] = [matcher(includes), matcher(excludes)]
  return {
    chooses: (name) => !excluded(name) && (includes.length === 0 || name.endsWith('/') || included(name)),
    names,
  }
}

/** `a/b/c` as `a`, `a/b`, `a/b/c`. */
function withFolders(name: string): readonly string[] {
  const parts = name.replace(/\/$/, '').split('/')
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}
