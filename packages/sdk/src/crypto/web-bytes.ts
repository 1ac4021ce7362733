/** What Web Crypto takes: bytes in a buffer that is neither shared nor resizable. */
export type WebBytes = Uint8Array<ArrayBuffer>

/** Bytes as Web Crypto takes them: themselves, or else a copy, which nobody changes while it is worked on. */
export function toWebBytes(bytes: Uint8Array): WebBytes {
  const { buffer } = bytes as { readonly buffer: ArrayBufferLike & { readonly resizable?: boolean } }
  return buffer instanceof ArrayBuffer && !buffer.resizable ? (bytes as WebBytes) : new Uint8Array(bytes)
}
