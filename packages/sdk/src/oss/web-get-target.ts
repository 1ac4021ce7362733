import { getStream } from './get-stream.js'
import type { GetOptions } from './get-whole.js'
import type { ClientParts, ObjectInfo } from './open-object.js'

/** Where an object can be read into: a stream. */
export type GetTarget = WritableStream<Uint8Array>

/** Options of reading a whole object into a target. */
export type GetFileOptions = GetOptions

/** Whether a value is a target; anything else is for options to be. */
export function isTarget(value: unknown): value is GetTarget {
  return typeof WritableStream === 'function' && value instanceof WritableStream
}

/** Reads a whole object into a target: verified bytes only. It is closed at the end, or aborted with the error. */
export async function getInto(
  parts: ClientParts,
  name: string,
  target: GetTarget,
  options: GetFileOptions,
): Promise<ObjectInfo> {
  if (target.locked) throw new TypeError('the stream is locked to another writer')
  const { stream, ...info } = await getStream(parts, name, options)
  // What this platform's streams are; see `#output`.
  await (stream as unknown as ReadableStream<Uint8Array>).pipeTo(target)
  return info
}
