import { CommandError } from '../command-error.js'
import { describeLocation, type Location } from '../location.js'

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
