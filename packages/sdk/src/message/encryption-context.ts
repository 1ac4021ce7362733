import { encodeUint32 } from '../bytes/big-endian.js'
import { concatBytes } from '../bytes/concat.js'
import { compareBytes } from '../bytes/order.js'
import { quote } from '../bytes/quote.js'
import { encodeUtf8 } from '../bytes/utf8.js'
import { FormatError } from '../errors.js'
import { limits } from './limits.js'

/**
 * Names and values that are authenticated with the data and asked for again by KMS: not secret, stored in the clear with the message.
 * The order of entries means nothing. Text is compared as it is, without Unicode normalisation.
 */
export type EncryptionContext = Readonly<Record<string, string>>

/** Entries whose keys start like this are the project's own, such as the object key that an object is bound to. */
export const OWN_CONTEXT_PREFIX = 'osscrypt:'

/** Key and value as UTF-8. */
export interface ContextEntry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/**
 * The entries of a context in the order in which they are authenticated: by the unsigned bytes of their keys' UTF-8.
 *
 * @throws TypeError when a key or value is not a string or holds a lone surrogate.
 * @throws {@link FormatError} `LimitExceeded` when the encoded context is longer than a reader takes.
 */
export function contextEntries(context: EncryptionContext): ContextEntry[] {
  const { entries, length } = measuredEntries(context)
  assertLength(length, limits.readContextLength)
  return entries
}

/**
 * Asserts that a context may be written.
 *
 * @throws as {@link contextEntries}, with the shorter limit of writers.
 */
export function assertWritableContext(context: EncryptionContext): void {
  assertLength(measuredEntries(context).length, limits.writtenContextLength)
}

/**
 * A context as KMS takes it: JSON.
 *
 * @throws {@link FormatError} `LimitExceeded` when KMS would refuse it.
 */
export function encodeKmsContext(context: EncryptionContext): string {
  const json = JSON.stringify(context)
  if (json.length > limits.kmsContextLength) {
    const limit = `KMS takes an encryption context of at most ${String(limits.kmsContextLength)} characters of JSON`
    throw new FormatError(limit, 'LimitExceeded')
  }
  return json
}

/** The entries in their order, and how many bytes they are as {@link encodeContext} encodes them. */
function measuredEntries(context: EncryptionContext): { entries: ContextEntry[]; length: number } {
  assertPlainObject(context)
  let length = 4
  const entries = Object.entries(context).map(([name, text]: [string, unknown]) => {
    if (typeof text !== 'string')
      throw new TypeError(`the value of encryption context entry ${quote(name)} is not a string`)
    const entry = { key: encodeUtf8(name), value: encodeUtf8(text) }
    length += 8 + entry.key.length + entry.value.length
    return entry
  })
  return { entries: entries.sort((left, right) => compareBytes(left.key, right.key)), length }
}

function assertLength(length: number, limit: number): void {
  if (length > limit) throw new FormatError(`encryption context over ${String(limit)} bytes`, 'LimitExceeded')
}

/**
 * Asserts that a context is an object whose own properties are its entries: of a Map, a list, or what an object inherits, none would be taken, and none required.
 *
 * @throws TypeError.
 */
export function assertPlainObject(context: unknown): asserts context is EncryptionContext {
  if (typeof context !== 'object' || context === null || Symbol.iterator in context || !inheritsNothing(context)) {
    throw new TypeError('an encryption context is a plain object of texts')
  }
}

/** Whether an object is made by `{}`, in this or another realm, or has no prototype. */
function inheritsNothing(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/**
 * A context as the bytes that are authenticated: nothing when it is empty, else `BE32 count | { BE32 length | key | BE32 length | value }*`
 * in the order of {@link contextEntries}. Injective: two contexts with the same bytes are the same.
 *
 * @throws as {@link contextEntries}.
 */
export function encodeContext(context: EncryptionContext): Uint8Array {
  const entries = contextEntries(context)
  if (entries.length === 0) return new Uint8Array(0)
  const parts = [encodeUint32(entries.length)]
  for (const { key, value } of entries) parts.push(encodeUint32(key.length), key, encodeUint32(value.length), value)
  return concatBytes(...parts)
}

/**
 * A frozen context of entries that were read.
 *
 * @throws {@link FormatError} when a key comes twice.
 */
export function contextFromEntries(entries: readonly (readonly [string, string])[]): EncryptionContext {
  if (new Set(entries.map(([key]) => key)).size !== entries.length)
    throw new FormatError('encryption context with a key twice')
  return Object.freeze(Object.fromEntries(entries))
}
