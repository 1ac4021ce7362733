import { ciphertextLength } from 'osscrypt/floe'

/** A file or an object, by its name below a folder or prefix. */
export interface Entry {
  /** With `/` between folders. */
  readonly name: string
  readonly kind: 'file' | 'object'
  /** Of a file its bytes, of an object those that OSS holds. */
  readonly length: number
  readonly modified: Date
}

/** The segment length of `floe` objects that this command writes. */
const SEGMENT_LENGTH = 1024 * 1024

/** Whether two entries can have the same content, by their lengths: a listing does not say of an object which format it has. */
function sameLength(a: Entry, b: Entry): boolean {
  if (a.kind === b.kind) return a.length === b.length
  const [file, object] = a.kind === 'file' ? [a, b] : [b, a]
  if (file.length === object.length) return true
  return ciphertextLength({ segmentLength: SEGMENT_LENGTH, rotationBits: 20 }, file.length) === object.length
}

/** Whether a source has to be transferred, when what is there is older or of another length. OSS counts in seconds. */
export function isOutdated(target: Entry, source: Entry): boolean {
  return !sameLength(source, target) || seconds(source.modified) > seconds(target.modified)
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
