import { isBrowserFile, type BrowserFile } from '../target/browser-file.js'
import type { PartOptions } from '../transfer/download-plan.js'
import type { GetOptions } from './get-whole.js'
import type { ClientParts, ObjectInfo } from './open-object.js'

/** Where an object can be read into: a stream; a file by its handle, or by its name in a directory. */
export type GetTarget = WritableStream<Uint8Array> | BrowserFile

/** Options of reading a whole object into a target. */
export interface GetFileOptions extends GetOptions, PartOptions {}

/** Whether a value is a target; anything else is for options to be. */
export function isTarget(value: unknown): value is GetTarget {
  return isStream(value) || isBrowserFile(value)
}

/** The call that reading into a target is, by the options that it takes. */
export function callOf(target: GetTarget): 'get into a browser’s file' | 'get into a stream' {
  return isStream(target) ? 'get into a stream' : 'get into a browser’s file'
}

/** Reads a whole object into a target: verified bytes only. A stream is closed at the end, or aborted with the error. */
export async function getInto(
  parts: ClientParts,
  name: string,
  target: GetTarget,
  options: GetFileOptions,
): Promise<ObjectInfo> {
  if (!isStream(target)) {
    const { getFile } = await import('./web-get-file.js')
    return getFile(parts, name, target, options)
  }
  if (target.locked) throw new TypeError('the stream is locked to another writer')
  const { getStream } = await import('./get-stream.js')
  const { stream, length: _, ...info } = await getStream(parts, name, options)
  // What this platform's streams are; see `#output`.
  await (stream as unknown as ReadableStream<Uint8Array>).pipeTo(target)
  return info
}

function isStream(value: unknown): value is WritableStream<Uint8Array> {
  return typeof WritableStream === 'function' && value instanceof WritableStream
}
