import { ServiceError } from '../errors.js'
import type { ObjectStore } from '../store/object-store.js'
import { fetchSameObject, type FetchOptions, type ObjectIdentity } from './fetch.js'
import { linkAbort } from '../retry/linked-abort.js'
import type { Progress } from './progress.js'

/** Which bytes of an object are fetched, and in which parts. */
export interface InOrderPlan {
  readonly parallel: number
  readonly partLength?: number | undefined
  readonly start?: number
  readonly progress?: Progress | undefined
}

/** `parallel` parts are held in memory. */
const DEFAULT_PART_LENGTH = 3 * 1024 * 1024

/**
 * An object's bytes from `start` on, in parts that are fetched in parallel and given in their order. Each is fetched under the condition that the
 * object is still the same, is tried again by itself, and goes on where its connection broke. When one fails for good, all end. A part that was
 * given is its reader's until the next is asked for.
 *
 * @throws ServiceError; the signal's reason. No connection is open any more then.
 */
export async function* fetchInOrder(
  store: ObjectStore,
  name: string,
  options: FetchOptions,
  identity: ObjectIdentity,
  { parallel, partLength = DEFAULT_PART_LENGTH, start = 0, progress }: InOrderPlan,
): AsyncGenerator<Uint8Array> {
  const { totalLength } = identity
  options.signal?.throwIfAborted()
  const link = linkAbort(options.signal)
  const request = { ...options, signal: link.signal }

  let bytes = start
  let through = 0
  const fetchPart = async (position: number, buffer: Uint8Array): Promise<Uint8Array> => {
    const length = Math.min(partLength, totalLength - position)
    const range = { start: position, end: position + length - 1 }
    const reading = await fetchSameObject(store, name, request, identity, range)
    let filled = 0
    for await (const chunk of reading.read()) {
      if (filled + chunk.length > length) throw new ServiceError('BadAnswer', 'OSS sent too much', { service: 'oss' })
      buffer.set(chunk, filled)
      filled += chunk.length
      bytes += chunk.length
      if (filled === length) through++
      progress?.({ bytes, total: totalLength, parts: through })
    }
    return buffer.subarray(0, length)
  }

  const buffers = Array.from({ length: parallel }, () => new Uint8Array(0))
  const running: Promise<Uint8Array>[] = []
  let next = start
  const startPart = () => {
    const index = ((next - start) / partLength) % parallel
    let buffer = buffers[index]
    if (!buffer?.length) buffers[index] = buffer = new Uint8Array(partLength)
    const part = fetchPart(next, buffer)
    part.catch(link.abort)
    running.push(part)
    next += partLength
  }
  try {
    for (;;) {
      while (running.length < parallel && next < totalLength) startPart()
      const part = running.shift()
      if (part === undefined) return
      yield await part
    }
  } finally {
    link.release()
    link.abort()
    await Promise.allSettled(running)
  }
}
