/** So many bytes tell the forms apart. */
export const FORM_BYTES = 16

/** Of which form of the Encryption SDK's a file is, by its first bytes; undefined for any other. Nothing is said of the rest of it. */
export function formOf(bytes: Uint8Array): 'message' | 'stream' | undefined {
  // A stream begins with its version, in four bytes.
  if (bytes[0] === 0 && bytes[1] === 0 && bytes[2] === 0 && bytes[3] === 1) return 'stream'
  // A message is SEQUENCE { SEQUENCE { INTEGER version.
  const header = contentOf(bytes, 0, 0x30)
  const version = header && contentOf(bytes, header, 0x30)
  return version !== undefined && bytes[version] === 0x02 ? 'message' : undefined
}

/** Where the content of a DER element begins; undefined when there is another one. */
function contentOf(bytes: Uint8Array, at: number, tag: number): number | undefined {
  const length = bytes[at + 1]
  if (bytes[at] !== tag || length === undefined) return undefined
  return at + 2 + (length > 0x80 ? length - 0x80 : 0)
}
