/** Names and values that an encryption is bound to. */
export type EncryptionContext = ReadonlyMap<string, string>

/** The longest JSON text of a context, in characters. */
const maxTextLength = 8192

/** Reads the parameter EncryptionContext: a JSON object of strings. Undefined when it is anything else, or too long. */
export function readEncryptionContext(text: string): EncryptionContext | undefined {
  if (text.length > maxTextLength) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const entries = Object.entries(value as Record<string, unknown>)
  return entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')
    ? new Map(entries)
    : undefined
}

/**
 * The bytes that stand for a context in an encryption: the same for every order of its entries, different for any two
 * different contexts. An empty context is no context.
 */
export function encodeEncryptionContext(context: EncryptionContext | undefined): Buffer {
  const entries = [...(context ?? [])].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return Buffer.from(entries.length === 0 ? '' : JSON.stringify(entries))
}
