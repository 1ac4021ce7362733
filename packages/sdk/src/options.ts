/** The names of all options that a type has: the compiler refuses a list that is short of one, or has one too many. */
export type OptionNames<Options> = Readonly<Record<keyof Options, true>>

/**
 * Asserts that options have names that are known: a mistyped one would be passed over, and with it what the caller wanted.
 *
 * @param what What takes the options.
 * @throws TypeError for an option that is unknown, unless it is undefined, and for what are no options.
 */
export function assertOptions(what: string, options: unknown, known: Readonly<Record<string, true>>): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${what}: options are a plain object`)
  }
  const names = Object.keys(known)
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  const [unknown] = given.map(([name]) => name).filter((name) => !names.includes(name))
  if (unknown === undefined) return
  // JSON keeps what is in the name of an option from being taken for something else.
  const name = JSON.stringify(unknown.slice(0, 64))
  const taken = names.length === 0 ? 'none' : names.join(', ')
  throw new TypeError(`${what} has no option ${name}; it takes ${taken}`)
}

/** @throws TypeError for what is neither true nor false. */
export function assertFlag(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'boolean') throw new TypeError(`${name} is true or false`)
}
