import { ciphertextLength } from 'osscrypt/floe'

/** A file or an object, by its name below a folder or prefix; or a folder that nothing else stands for. */
export interface Entry {
  /** With `/` between folders, and at the end of a folder's. */
  readonly name: string
  readonly kind: 'file' | 'object' | 'folder'
  /** Of a file its bytes, of an object those that OSS holds. */
  readonly length: number
  /** Of a file when its content changed, of an object when it was stored. */
  readonly modified: Date
  /** Of a file the same in nanoseconds; of an object that of the file it was made of: null when it keeps none, undefined where nobody looked for it. */
  readonly mtimeNs?: bigint | null | undefined
}

/** What is found where a transfer is from. */
export type Found =
  | Entry
  /** Something that cannot be transferred; `name` ends with `/` where all below it is meant. */
  | { readonly name: string; readonly omitted: string }
  /** Something that could not be looked at. */
  | { readonly name: string; readonly error: unknown }

/** Whether it is something that can be transferred. */
export function isEntry(found: Found): found is Entry {
  return 'kind' in found
}

/** The segment length of `floe` objects that this command writes. */
const SEGMENT_LENGTH = 1024 * 1024

/** A time that was written down and set again loses so much: it is set as a double of seconds, cut to microseconds. */
const TOLERANCE_NS = 2000n

/** Whether two entries can have the same content, by their lengths: a listing does not say of an object which format it has. */
export function sameLength(a: Entry, b: Entry): boolean {
  if (a.kind === b.kind) return a.length === b.length
  const [file, object] = a.kind === 'file' ? [a, b] : [b, a]
  if (file.length === object.length) return true
  return ciphertextLength({ segmentLength: SEGMENT_LENGTH, rotationBits: 20 }, file.length) === object.length
}

/**
 * Whether a source has to be transferred: the file's time, which is kept with the object, is another; or, where it is not kept, what is there is
 * older. OSS counts in seconds: what was stored in the second in which the file was changed may be from before the change.
 */
export function isOutdated(target: Entry, source: Entry): boolean {
  if (!sameLength(source, target)) return true
  if (typeof source.mtimeNs === 'bigint' && typeof target.mtimeNs === 'bigint') {
    const apart = source.mtimeNs - target.mtimeNs
    return apart > TOLERANCE_NS || apart < -TOLERANCE_NS
  }
  const [from, to] = [seconds(source.modified), seconds(target.modified)]
  return source.kind === 'file' ? from >= to : from > to
}

/** Whether what is there is older than the source, or of another length: what --update replaces. */
export function isOlder(target: Entry, source: Entry): boolean {
  if (!isOutdated(target, source)) return false
  if (!sameLength(source, target)) return true
  return typeof source.mtimeNs !== 'bigint' || typeof target.mtimeNs !== 'bigint' || source.mtimeNs > target.mtimeNs
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
