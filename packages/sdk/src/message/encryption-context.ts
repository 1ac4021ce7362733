import { encodeUint32 } from '../bytes/big-endian.js'
import { concatBytes } from '../bytes/concat.js'
import { compareBytes } from '../bytes/order.js'
import { quote } from '../bytes/quote.js'
import { encodeUtf8 } from '../bytes/utf8.js'
import { FormatError } from '../errors.js'

/**
 * Names and values that are authenticated with the data and asked for again by KMS: not secret, stored in the clear with the message.
 * The order of entries means nothing. Text is compared as it is, without Unicode normalisation.
 */
export type EncryptionContext = Readonly<Record<string, string>>

/** The most bytes that an encoded context may have: what the vendor's Java SDK can write and read. */
export const MAX_CONTEXT_LENGTH = 32767

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
 * @throws {@link FormatError} `LimitExceeded` when the encoded context is over {@link MAX_CONTEXT_LENGTH} bytes.
 */
export function contextEntries(context: EncryptionContext): ContextEntry[] {
  assertPlainObject(context)
  let length = 4
  const entries = Object.entries(context).map(([name, text]: [string, unknown]) => {
    if (typeof text !== 'string')
      throw new TypeError(`the value of encryption context entry ${quote(name)} is not a string`)
    const entry = { key: encodeUtf8(name), value: encodeUtf8(text) }
    length += 8 + entry.key.length + entry.value.length
    return entry
  })
  if (length > MAX_CONTEXT_LENGTH) {
    throw new FormatError(`encryption context over ${String(MAX_CONTEXT_LENGTH)} bytes`, 'LimitExceeded')
  }
  return entries.sort((left, right) => compareBytes(left.key, right.key))
}

/**
 * Asserts that a context is an object whose own properties are its entries: of a Map or a list none would be taken.
 *
 * @throws TypeError.
 */
export function assertPlainObject(context: unknown): asserts context is EncryptionContext {
  if (typeof context !== 'object' || context === null || Symbol.iterator in context) {
    throw new TypeError('an encryption context is a plain object of texts')
  }
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
