import { JOBS_PREFIX, type ListedObject } from './listed-object.js'

/** Which of the objects below a prefix a job is about. What is left out is left out of the report, too. */
export interface ObjectFilter {
  /** Patterns, one of which a name has to match: `*` is anything but `/`, `**` anything. Default: every name. */
  readonly include?: readonly string[] | undefined
  /** Patterns of names that are left out. */
  readonly exclude?: readonly string[] | undefined
  readonly minLength?: number | undefined
  readonly maxLength?: number | undefined
  /** ISO 8601: objects that were changed before. */
  readonly modifiedBefore?: string | undefined
  /** ISO 8601: objects that were changed then or later. */
  readonly modifiedSince?: string | undefined
  /** Such as `Standard`. Default: all. */
  readonly storageClasses?: readonly string[] | undefined
}

/**
 * What tells whether a job is about an object.
 *
 * @param withJobs Whether that may be what jobs have staged or kept.
 * @throws RangeError for a time that is none.
 */
export function compileFilter(filter: ObjectFilter, withJobs = false): (object: ListedObject) => boolean {
  const include = filter.include?.map(compilePattern)
  const exclude = filter.exclude?.map(compilePattern) ?? []
  const before = timeOf(filter.modifiedBefore, Infinity)
  const since = timeOf(filter.modifiedSince, -Infinity)
  const { minLength = 0, maxLength = Infinity, storageClasses } = filter
  return ({ name, length, lastModified, storageClass }) =>
    (withJobs || !name.startsWith(JOBS_PREFIX)) &&
    (include?.some((matches) => matches(name)) ?? true) &&
    !exclude.some((matches) => matches(name)) &&
    length >= minLength &&
    length <= maxLength &&
    lastModified.getTime() < before &&
    lastModified.getTime() >= since &&
    (storageClasses?.includes(storageClass) ?? true)
}

/**
 * What tells whether a name matches. It keeps all the places that a name can have been read up to, and so never goes back, as a regular expression does: with some `*`,
 * that would not come to an end.
 */
function compilePattern(pattern: string): (name: string) => boolean {
  const pieces = pattern.split(/(\*+)/).filter((piece) => piece !== '')
  return (name) => {
    const places = pieces.reduce<readonly number[]>((reached, piece) => passPiece(name, reached, piece), [0])
    return places.at(-1) === name.length
  }
}

/** The places in a name, ascending, that a piece of a pattern leads to from some. */
function passPiece(name: string, places: readonly number[], piece: string): readonly number[] {
  if (!piece.startsWith('*'))
    return places.filter((place) => name.startsWith(piece, place)).map((place) => place + piece.length)
  const reached: number[] = []
  let last = -1
  for (const place of places) {
    if (place <= last) continue
    const slash = piece === '*' ? name.indexOf('/', place) : -1
    last = slash < 0 ? name.length : slash
    for (let each = place; each <= last; each++) reached.push(each)
  }
  return reached
}

function timeOf(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new RangeError(`${JSON.stringify(text)} is no time in ISO 8601`)
  return time
}
