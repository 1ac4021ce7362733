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
  const include = filter.include?.map(patternOf)
  const exclude = filter.exclude?.map(patternOf) ?? []
  const before = timeOf(filter.modifiedBefore, Infinity)
  const since = timeOf(filter.modifiedSince, -Infinity)
  const { minLength = 0, maxLength = Infinity, storageClasses } = filter
  return ({ name, length, lastModified, storageClass }) =>
    (withJobs || !name.startsWith(JOBS_PREFIX)) &&
    (include?.some((pattern) => pattern.test(name)) ?? true) &&
    !exclude.some((pattern) => pattern.test(name)) &&
    length >= minLength &&
    length <= maxLength &&
    lastModified.getTime() < before &&
    lastModified.getTime() >= since &&
    (storageClasses?.includes(storageClass) ?? true)
}

function patternOf(pattern: string): RegExp {
  const source = pattern
    .split(/(\*+)/)
    .map((part) => (part === '*' ? '[^/]*' : part.startsWith('*') ? '.*' : part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&')))
    .join('')
  return new RegExp(`^${source}$`, 'su')
}

function timeOf(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new RangeError(`${JSON.stringify(text)} is no time in ISO 8601`)
  return time
}
