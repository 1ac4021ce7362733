/** Web Crypto's types take buffers that are known not to be shared. */
export type WebBytes = Uint8Array<ArrayBuffer>

export function toWebBytes(bytes: Uint8Array): WebBytes {
  return bytes as WebBytes
}
