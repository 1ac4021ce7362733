import { ServiceError } from '../errors.js'
import { endTogether } from './linked-abort.js'
import type { Progress } from './sealed-object.js'
import type { StoreRequestOptions } from '../store/object-store.js'
import { readingOptions, type ClientParts } from '../oss/open-object.js'
import { readSameObject, type ObjectIdentity, type ObjectReading } from './fetch.js'

/** How the bytes of a large object are fetched. */
export interface PartOptions {
  /** How many parts are fetched at a time: 1 to 64. Default 4. */
  readonly parallel?: number | undefined
  /**
   * Bytes of ciphertext in a part: 64 KiB to 1 GiB. Default: 3 MiB of a `gcm` object, `parallel` parts of which are held in memory; 8 MiB of a `floe`
   * object, in whole segments, of which one for each connection is held.
   */
  readonly partLength?: number | undefined
}

/** {@link PartOptions}, checked. */
export interface PartPlan {
  readonly parallel: number
  readonly partLength: number
  /** An object up to this length comes as one stream. */
  readonly oneStreamLength: number
}

const DEFAULT_PARALLEL = 4
const MAX_PARALLEL = 64
const DEFAULT_PART_LENGTH = 3 * 1024 * 1024
const MIN_PART_LENGTH = 64 * 1024
const MAX_PART_LENGTH = 1024 * 1024 * 1024
const ONE_STREAM_LENGTH = 16 * 1024 * 1024

/** @throws RangeError. */
export function planParts({ parallel = DEFAULT_PARALLEL, partLength }: PartOptions): PartPlan {
  if (!(Number.isInteger(parallel) && parallel >= 1 && parallel <= MAX_PARALLEL)) {
    throw new RangeError(`parallel: from 1 to ${String(MAX_PARALLEL)} parts at a time`)
  }
  if (partLength === undefined) {
    return { parallel, partLength: DEFAULT_PART_LENGTH, oneStreamLength: parallel === 1 ? Infinity : ONE_STREAM_LENGTH }
  }
  if (!(Number.isInteger(partLength) && partLength >= MIN_PART_LENGTH && partLength <= MAX_PART_LENGTH)) {
    throw new RangeError(`partLength: from ${String(MIN_PART_LENGTH)} to ${String(MAX_PART_LENGTH)} bytes`)
  }
  return { parallel, partLength, oneStreamLength: parallel === 1 ? Infinity : partLength }
}

/** What parts of an object are asked for with; null when OSS does not say it. */
export function identifyObject({ answer, totalLength }: ObjectReading): ObjectIdentity | null {
  const { etag } = answer.headers
  return etag === undefined || totalLength === undefined ? null : { etag, totalLength }
}

/**
 * An object's bytes from `start` on, in parts that are fetched in parallel and given in their order. Each is fetched under the condition that the
 * object is still the same, is tried again by itself, and goes on where its connection broke. When one fails for good, all end. A part that was
 * given is its reader's until the next is asked for.
 *
 * @throws ServiceError; the signal's reason. No connection is open any more then.
 */
export async function* downloadParts(
  parts: ClientParts,
  name: string,
  options: StoreRequestOptions & { readonly progress?: Progress | undefined },
  identity: ObjectIdentity,
  { parallel, partLength, start = 0 }: Pick<PartPlan, 'parallel' | 'partLength'> & { readonly start?: number },
): AsyncGenerator<Uint8Array> {
  const { signal, progress } = options
  const { totalLength } = identity
  signal?.throwIfAborted()
  const together = endTogether(signal)
  const request = readingOptions(parts, { ...options, signal: together.signal })

  let bytes = start
  let through = 0
  const fetchPart = async (position: number, buffer: Buffer): Promise<Buffer> => {
    const length = Math.min(partLength, totalLength - position)
    const range = { start: position, end: position + length - 1 }
    const reading = await readSameObject(parts.store, name, request, identity, range)
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

  const buffers = Array.from({ length: parallel }, () => Buffer.alloc(0))
  const running: Promise<Buffer>[] = []
  let next = start
  const startPart = () => {
    const index = ((next - start) / partLength) % parallel
    let buffer = buffers[index]
    if (!buffer?.length) buffers[index] = buffer = Buffer.allocUnsafeSlow(partLength)
    const part = fetchPart(next, buffer)
    part.catch(together.end)
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
    together.release()
    together.end()
    await Promise.allSettled(running)
  }
}
