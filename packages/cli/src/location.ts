import { CommandError, usageError } from './command-error.js'

/** An object, or all objects whose keys start with `key`. */
export interface ObjectLocation {
  readonly kind: 'oss'
  readonly bucket: string
  readonly key: string
}

/** Where something is read from or written to. */
export type Location = ObjectLocation | { readonly kind: 'file'; readonly path: string } | { readonly kind: 'pipe' }

/**
 * `oss://bucket/key`, `-` for stdin or stdout, or a path.
 *
 * @throws CommandError when it is none of them.
 */
export function parseLocation(text: string): Location {
  if (text === '') throw usageError('an empty path')
  if (text === '-') return { kind: 'pipe' }
  if (!/^oss:/i.test(text)) return { kind: 'file', path: text }
  const [, bucket, key = ''] = /^oss:\/\/([^/]+)(?:\/(.*))?$/s.exec(text) ?? []
  if (bucket === undefined) throw usageError(`${JSON.stringify(text)} is not oss://BUCKET/KEY`)
  if (!/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket))
    throw usageError(
      `${JSON.stringify(text)}: no bucket has that name`,
      'names of buckets are 3 to 63 lower-case letters, digits and hyphens',
    )
  // What sends requests takes slashes away there: it would be one for another object.
  if (key.startsWith('/')) throw usageError(`${JSON.stringify(text)}: a key that begins with / cannot be reached`)
  return { kind: 'oss', bucket, key }
}

/** @throws CommandError unless it is one object in OSS; as {@link requireReachable}. */
export function parseObject(text: string): ObjectLocation {
  const location = parsePrefix(text)
  if (location.key === '') throw usageError(`${text} names a bucket, not an object`, 'give oss://BUCKET/KEY')
  requireReachable(location)
  return location
}

/** @throws CommandError unless it is in OSS. */
export function parsePrefix(text: string): ObjectLocation {
  const location = parseLocation(text)
  if (location.kind !== 'oss') throw usageError(`${JSON.stringify(text)} is not in OSS`, 'give oss://BUCKET/KEY')
  return location
}

/** How a location is shown. */
export function describeLocation(location: Location): string {
  if (location.kind === 'pipe') return '-'
  return location.kind === 'file' ? location.path : `oss://${location.bucket}/${location.key}`
}

/** A prefix that names a folder: with `/` at its end, unless it is the whole bucket. */
export function asFolder(location: ObjectLocation): ObjectLocation {
  if (location.key === '' || location.key.endsWith('/')) return location
  return { ...location, key: `${location.key}/` }
}

/**
 * HTTP clients take such keys for others: leading slashes away, `.` and `..` out of a path. Nobody is to get, or lose, another object than was meant.
 *
 * @throws CommandError `UnreachableKey`.
 */
export function requireReachable(location: Location): void {
  if (location.kind !== 'oss') return
  const { key } = location
  if (key.startsWith('/') || key.split('/').some((part) => part === '.' || part === '..')) {
    throw new CommandError(
      'refused',
      'UnreachableKey',
      `${describeLocation(location)} cannot be reached: a request for it would be one for another object`,
      'keys that begin with / or have a part . or .. are for the console or ossutil to rename',
    )
  }
}
