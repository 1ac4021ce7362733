import { usageError } from './command-error.js'

/** The options of one call, read with what they have to be. */
export class Flags {
  readonly #values: Readonly<Record<string, unknown>>

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values
  }

  /** Whether a switch was given. */
  on(name: string): boolean {
    return this.#values[name] === true
  }

  /** Whether a `--no-…` switch was given; `name` is without the `no`. */
  off(name: string): boolean {
    return this.#values[name] === false
  }

  text(name: string): string | undefined {
    const value = this.#values[name]
    if (value === '') throw usageError(`${flagOf(name)} is empty`)
    return typeof value === 'string' ? value : undefined
  }

  list(name: string): readonly string[] {
    const value = this.#values[name]
    return Array.isArray(value) ? (value as string[]) : []
  }

  /** @throws CommandError unless it is a whole number between the two. */
  number(name: string, least: number, most: number): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN
    if (!(number >= least && number <= most))
      throw usageError(`${flagOf(name)} takes a number from ${least} to ${most}`)
    return number
  }

  /** @throws CommandError unless it is one of the choices. */
  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const found = choices.find((choice) => choice === value)
    if (found === undefined) throw usageError(`${flagOf(name)} takes one of ${choices.join(', ')}`)
    return found
  }

  /** Repeated `name=value` options as a record; undefined when there is none. */
  pairs(name: string): Readonly<Record<string, string>> | undefined {
    const list = this.list(name)
    if (list.length === 0) return undefined
    const pairs = list.map((item) => {
      const at = item.indexOf('=')
      if (at < 1) throw usageError(`${flagOf(name)} takes NAME=VALUE`)
      return [item.slice(0, at), item.slice(at + 1)] as const
    })
    if (new Set(pairs.map(([key]) => key)).size !== pairs.length)
      throw usageError(`${flagOf(name)}: a name given twice`)
    return Object.fromEntries(pairs)
  }
}

/** A flag as users give it. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}
