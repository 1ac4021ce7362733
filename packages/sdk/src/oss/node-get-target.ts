import { writeFile, type FileHandle } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { getFile, type GetFileOptions } from './node-get-file.js'
import { getStream } from './get-stream.js'
import type { ClientParts, ObjectInfo } from './open-object.js'

export type { GetFileOptions } from './node-get-file.js'

/** Where an object can be read into: the path of a file, its `file:` URL, a stream, or a file that is open for writing. */
export type GetTarget = string | URL | Writable | FileHandle

/** Whether a value is a target; anything else is for options to be. */
export function isTarget(value: unknown): value is GetTarget {
  return typeof value === 'string' || value instanceof URL || isWritable(value) || isFileHandle(value)
}

/** The call that reading into a target is, by the options that it takes: an open one takes no parts in any order, and has no checkpoint. */
export function callOf(target: GetTarget): 'get into a file' | 'get into a stream' {
  return typeof target === 'string' || target instanceof URL ? 'get into a file' : 'get into a stream'
}

/** Reads a whole object into a target. */
export async function getInto(
  parts: ClientParts,
  name: string,
  target: GetTarget,
  options: GetFileOptions,
): Promise<ObjectInfo> {
  if (typeof target === 'string') return getFile(parts, name, target, options)
  if (target instanceof URL) return getFile(parts, name, fileURLToPath(target), options)
  if (isWritable(target) && (target.destroyed || target.writableEnded)) {
    throw new TypeError('the stream was ended or destroyed already')
  }
  const { stream, length: _, ...info } = await getStream(parts, name, options)
  if (isWritable(target)) await pipeline(stream, target)
  else await writeFile(target, stream)
  return info
}

function isWritable(value: unknown): value is Writable {
  return hasMethods(value, 'write', 'end', 'on')
}

function isFileHandle(value: unknown): value is FileHandle {
  return hasMethods(value, 'writeFile', 'datasync')
}

function hasMethods(value: unknown, ...names: readonly string[]): boolean {
  return (
    typeof value === 'object' && value !== null && names.every((name) => typeof Reflect.get(value, name) === 'function')
  )
}
