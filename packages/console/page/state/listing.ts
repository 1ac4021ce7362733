import { batch, createSignal } from 'solid-js'
import type { ListedObject } from '../../src/api/messages.js'
import { ask } from './api.js'
import { toProblem, type Problem } from './problem.js'

/** A line of the list: what is below a `/`, or an object. */
export type Entry =
  | { readonly kind: 'folder'; readonly key: string; readonly name: string }
  | { readonly kind: 'object'; readonly key: string; readonly name: string; readonly object: ListedObject }

/** What is listed, or searched for, below a prefix of a bucket. */
export interface Place {
  readonly bucket: string
  readonly prefix: string
  /** Everything below the prefix whose key contains this; empty: what is at the prefix. */
  readonly contains: string
}

const [entries, setEntries] = createSignal<readonly Entry[]>([])
const [isLoading, setLoading] = createSignal(false)
const [scanned, setScanned] = createSignal(0)
const [listingProblem, setProblem] = createSignal<Problem>()
const [isStopped, setStopped] = createSignal(false)
export { entries, isLoading, scanned, listingProblem, isStopped }

let current = new AbortController()

/** Lists a place, page by page; what was being listed before is given up. */
export async function list({ bucket, prefix, contains }: Place): Promise<void> {
  current.abort()
  current = new AbortController()
  const { signal } = current
  batch(() => {
    setEntries([])
    setScanned(0)
    setProblem(undefined)
    setStopped(false)
    setLoading(true)
  })
  // One array that grows: a hundred thousand lines are not copied with each page.
  const folders: Entry[] = []
  const objects: Entry[] = []
  let token: string | undefined
  let count = 0
  try {
    do {
      const question = { bucket, prefix, ...(contains && { contains }), ...(token !== undefined && { token }) }
      const page = await ask('list', question, signal)
      for (const key of page.prefixes) folders.push({ kind: 'folder', key, name: key.slice(prefix.length) })
      for (const object of page.objects) {
        const { key } = object
        // What stands for the folder itself, in programs that make such objects.
        if (key !== prefix) objects.push({ kind: 'object', key, name: key.slice(prefix.length), object })
      }
      count += page.scanned
      token = page.token
      batch(() => {
        setEntries([...folders, ...objects])
        setScanned(count)
      })
    } while (token !== undefined)
  } catch (error) {
    if (signal.aborted && current.signal !== signal) return
    if (signal.aborted) setStopped(true)
    else setProblem(toProblem(error))
  }
  if (current.signal === signal) setLoading(false)
}

/** The prefixes among what is listed. A key that ends with `/` need not be one: a search finds objects of such names. */
export function listedFolders(): ReadonlySet<string> {
  return new Set(entries().flatMap(({ kind, key }) => (kind === 'folder' ? [key] : [])))
}

/** Leaves the list as it is. */
export function stopListing(): void {
  current.abort()
}

/** The keys of everything below a prefix. */
export async function keysBelow(
  { bucket, prefix }: { readonly bucket: string; readonly prefix: string },
  signal: AbortSignal,
): Promise<string[]> {
  const keys: string[] = []
  let token: string | undefined
  do {
    const question = { bucket, prefix, contains: '', ...(token !== undefined && { token }) }
    const page = await ask('list', question, signal)
    keys.push(...page.objects.map(({ key }) => key))
    token = page.token
  } while (token !== undefined)
  return keys
}
