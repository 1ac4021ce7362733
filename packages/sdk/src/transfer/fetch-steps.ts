import { ByteSource } from '../bytes/byte-source.js'
import type { Stretch } from '../bytes/stretch.js'
import type { ObjectStore } from '../store/object-store.js'
import { fetchSameObject, type FetchOptions, type ObjectIdentity } from './fetch.js'
import type { DownloadProgress } from './download-progress.js'
import type { LinkedAbort } from '../retry/linked-abort.js'

/** Stretches of one object, in their order, each of which is of use by itself. */
export interface Steps<Step extends { readonly ciphertext: Stretch }> {
  readonly count: number
  /** @param index 0 to `count - 1`. */
  at(index: number): Step
}

/** Where steps are fetched from. */
export interface StepsOrigin {
  readonly store: ObjectStore
  readonly name: string
  readonly identity: ObjectIdentity
  /** A connection that stands at the first step's first byte, under the signal of `link`. */
  readonly opening: ByteSource
  readonly link: LinkedAbort
  readonly progress: DownloadProgress
}

/**
 * Fetches the steps of an object, on several connections. The one that is open gives one step after the other from the first; the others fetch steps
 * from the last one on, until they meet. None waits for another, and none keeps its connection while it waits for a new one: with few sockets for
 * many transfers all of them end. When one fails for good, all end.
 *
 * @param take Takes just the step's bytes.
 * @param parallel On how many connections.
 * @throws ServiceError; what `take` throws; the signal's reason. No connection is open any more then, but `opening`.
 */
export async function fetchSteps<Step extends { readonly ciphertext: Stretch }>(
  { store, name, identity, opening, link, progress }: StepsOrigin,
  steps: Steps<Step>,
  take: (step: Step, bytes: ByteSource) => Promise<void>,
  options: FetchOptions & { readonly parallel: number },
): Promise<void> {
  const request = { ...options, signal: link.signal }
  let front = 0
  let back = steps.count
  const fromFirst = async (): Promise<void> => {
    while (front < back) {
      link.signal.throwIfAborted()
      await take(steps.at(front++), opening)
      progress.partDone()
    }
    await opening.close()
  }
  const fromLast = async (): Promise<void> => {
    while (front < back) {
      const step = steps.at(--back)
      const reading = await fetchSameObject(store, name, request, identity, step.ciphertext)
      const bytes = new ByteSource(reading.read(), progress.taken)
      try {
        await take(step, bytes)
        progress.partDone()
      } finally {
        await bytes.close()
      }
    }
  }
  const working = [fromFirst(), ...Array.from({ length: Math.min(options.parallel, steps.count) - 1 }, fromLast)]
  for (const work of working) work.catch(link.abort)
  await Promise.allSettled(working)
  await Promise.all(working)
}
