import { CommandError, usageError } from './command-error.js'
import { describeLocation, type Location, type ObjectLocation } from './location.js'

/** Which keys are meant by one with `*` in it: `*` stands for anything without `/`, `**` for anything at all. No other character is special. */
export interface KeyPattern {
  /** The key with `*` in it. */
  readonly pattern: ObjectLocation
  /** What all of them begin with. */
  readonly prefix: ObjectLocation
  /** The prefix up to its last `/`: below it, each has a name of its own. */
  readonly folder: ObjectLocation
  /** Whether all of them are in that folder itself. */
  readonly isFlat: boolean
  /** Whether there is a `**` in it. */
  readonly isDeep: boolean
  matches(key: string): boolean
}

/** Undefined for what is no pattern: one object, or something outside OSS. */
export function keyPattern(location: Location): KeyPattern | undefined {
  if (location.kind !== 'oss') return undefined
  const { key } = location
  const at = key.indexOf('*')
  if (at < 0) return undefined
  const prefix = key.slice(0, at)
  const expression = new RegExp(`^${key.split(/(\*+)/).map(expressionOf).join('')}$`, 'su')
  return {
    pattern: location,
    prefix: { ...location, key: prefix },
    folder: { ...location, key: prefix.slice(0, prefix.lastIndexOf('/') + 1) },
    isFlat: !key.slice(at).includes('/') && !key.includes('**'),
    isDeep: key.includes('**'),
    matches: (each) => expression.test(each),
  }
}

/** @throws CommandError for a pattern where one place is needed. */
export function requirePlain(location: Location, role: string): void {
  if (!keyPattern(location)) return
  throw usageError(
    `${describeLocation(location)}: ${role} takes no wildcards`,
    '--literal takes * as it is; ** in a source without -r, or --include with it, chooses among what is below a prefix',
  )
}

/** There is no object that a pattern describes. */
export function nothingLike({ pattern }: KeyPattern): CommandError {
  return new CommandError(
    'notFound',
    'NotFound',
    `there is nothing like ${describeLocation(pattern)}`,
    '* stands for anything without /, ** for anything; --literal takes * as it is',
  )
}

function expressionOf(piece: string): string {
  if (piece.startsWith('*')) return piece.length > 1 ? '.*' : '[^/]*'
  return piece.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
