import { missingText } from '../rpc/rpc-error.js'
import { KmsError, invalidParameter } from './kms-error.js'

/**
 * One parameter of an operation: how its text becomes a value. Operations declare their parameters as data, in the order
 * in which the service checks them.
 */
export interface Parameter<T> {
  readonly required: boolean
  /** Whether an empty value is one; it counts as none otherwise. */
  readonly mayBeEmpty?: boolean
  readonly isUnsupported?: boolean
  /** The value that the text stands for, or `undefined` when it is not valid. */
  readonly read: (text: string) => T | undefined
  /** Stands in for a parameter that was not given. */
  readonly fallback: T | undefined
}

export type ParameterSet = Readonly<Record<string, Parameter<unknown>>>

/** The values of a parameter set. */
export type ValuesOf<P extends ParameterSet> = { readonly [K in keyof P]: P[K] extends Parameter<infer T> ? T : never }

/** A parameter that must be there. */
export function required<T>(read: (text: string) => T | undefined): Parameter<T> {
  return { required: true, read, fallback: undefined }
}

/** A parameter that must be there and may be empty. */
export function given<T>(read: (text: string) => T | undefined): Parameter<T> {
  return { required: true, mayBeEmpty: true, read, fallback: undefined }
}

/** A parameter that may be left out. */
export function optional<T>(read: (text: string) => T | undefined): Parameter<T | undefined> {
  return { required: false, read, fallback: undefined }
}

/** A parameter with a value that stands in for it when it is left out. */
export function withDefault<T>(fallback: T, read: (text: string) => T | undefined): Parameter<T> {
  return { required: false, read, fallback }
}

/** A parameter that asks for what is not here: without it the operation would be another one, so that it is refused. */
export const unsupported: Parameter<undefined> = {
  required: false,
  read: () => undefined,
  fallback: undefined,
  isUnsupported: true,
}

/**
 * Reads a request's parameters. Like the service, it takes an empty value for one that was not given, where that is no
 * value of its own, and ignores parameters that the operation does not have.
 *
 * @throws {KmsError} `MissingParameter`, `InvalidParameter` or `UnsupportedOperation`; the first that is wrong in the order of the declaration.
 */
export function readParameters<P extends ParameterSet>(set: P, given: ReadonlyMap<string, string>): ValuesOf<P> {
  const values: Record<string, unknown> = {}
  for (const [name, parameter] of Object.entries(set)) {
    const text = given.get(name)
    if (text === undefined || (text === '' && parameter.mayBeEmpty !== true)) {
      if (parameter.required) {
        throw new KmsError('MissingParameter', missingText(name))
      }
      values[name] = parameter.fallback
      continue
    }
    if (parameter.isUnsupported === true)
      throw new KmsError('UnsupportedOperation', `The parameter "${name}" is not supported.`)
    const value = parameter.read(text)
    if (value === undefined) throw invalidParameter(name)
    values[name] = value
  }
  return values as ValuesOf<P>
}

/** Text of at most `maxLength` UTF-16 units that matches the pattern. */
export function text(maxLength: number, pattern = /^/): (text: string) => string | undefined {
  return (text) => (text.length <= maxLength && pattern.test(text) ? text : undefined)
}

/** One of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]): (text: string) => T | undefined {
  return (text) => words.find((word) => word === text)
}

/** A whole number in decimal, within limits that are themselves allowed. */
export function integer(min: number, max: number): (text: string) => number | undefined {
  return (text) => {
    if (!/^[0-9]{1,10}$/.test(text)) return undefined
    const value = Number(text)
    return value >= min && value <= max ? value : undefined
  }
}

/** `true` or `false`. */
export function flag(text: string): boolean | undefined {
  return text === 'true' ? true : text === 'false' ? false : undefined
}

/** Base64 in its one canonical spelling, of `minLength` to `maxLength` bytes. */
export function base64(minLength: number, maxLength: number): (text: string) => Buffer | undefined {
  return (text) => {
    const bytes = Buffer.from(text, 'base64')
    return bytes.length >= minLength && bytes.length <= maxLength && bytes.toString('base64') === text
      ? bytes
      : undefined
  }
}
