/** Web Crypto takes buffers that are not shared. */
export type WebBytes = Uint8Array<ArrayBuffer>

/** Bytes as Web Crypto takes them: as they are, or, where others could change them meanwhile, a copy. */
export function toWebBytes(bytes: Uint8Array): WebBytes {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as WebBytes) : new Uint8Array(bytes)
}
