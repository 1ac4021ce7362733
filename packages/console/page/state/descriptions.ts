import { createStore, produce } from 'solid-js/store'
import type { ObjectDescription } from '../../src/api/messages.js'
import { ask } from './api.js'
import { toProblem, type Problem } from './problem.js'

/** What was found out about an object by reading it. */
export type Finding =
  | {
      readonly kind: 'verified'
      readonly timeMs: number
      readonly length: number | undefined
      /** Which envelope it was: see seenEnvelope. */
      readonly seen: string
    }
  | { readonly kind: 'problem'; readonly problem: Problem }

interface Known {
  readonly descriptions: Record<string, ObjectDescription | undefined>
  readonly findings: Record<string, Finding | undefined>
}

const [known, setKnown] = createStore<Known>({ descriptions: {}, findings: {} })
const wanted = new Map<string, Set<string>>()
let isAsking = false

const MAX_KEYS = 50

const nameOf = (bucket: string, key: string) => `${bucket}/${key}`

/** What an object's envelope says; undefined until it is known. */
export function descriptionOf(bucket: string, key: string): ObjectDescription | undefined {
  return known.descriptions[nameOf(bucket, key)]
}

/** What came of reading an object, if it was read. */
export function findingOf(bucket: string, key: string): Finding | undefined {
  return known.findings[nameOf(bucket, key)]
}

export function setFinding(bucket: string, key: string, finding: Finding): void {
  setKnown('findings', nameOf(bucket, key), finding)
}

/** Forgets an object that is no longer what it was. */
export function forget(bucket: string, key: string): void {
  setKnown('descriptions', nameOf(bucket, key), undefined)
  setKnown('findings', nameOf(bucket, key), undefined)
}

/** Says what can be seen of the list now: that is asked about, and nothing that has been scrolled past. */
export function wantDescriptions(bucket: string, keys: readonly string[]): void {
  wanted.clear()
  wanted.set(bucket, new Set(keys.filter((key) => !descriptionOf(bucket, key))))
  if (!isAsking) void askForWanted()
}

async function askForWanted(): Promise<void> {
  isAsking = true
  try {
    // What is scrolled past at once is not asked about.
    await new Promise((resolve) => setTimeout(resolve, 60))
    for (;;) {
      const [next] = [...wanted].filter(([, keys]) => keys.size > 0)
      if (!next) return
      const [bucket, open] = next
      const keys = [...open].slice(0, MAX_KEYS)
      for (const key of keys) open.delete(key)
      const objects = await describe(bucket, keys)
      setKnown(
        produce((all) => {
          objects.forEach((object, index) => {
            all.descriptions[nameOf(bucket, keys[index] ?? '')] = object
          })
        }),
      )
    }
  } finally {
    isAsking = false
  }
}

async function describe(bucket: string, keys: readonly string[]): Promise<readonly ObjectDescription[]> {
  try {
    return (await ask('describe', { bucket, keys })).objects
  } catch (error) {
    const { code } = toProblem(error)
    return keys.map(() => ({ kind: 'failed', error: { code: code as 'Internal' } }))
  }
}
