// Room for secrets, which have to be overwritten after use. Small arrays of `new Uint8Array(32)` lie in V8's heap, whose collector moves them, and
// leaves what was there behind; so does whoever asks for their `buffer`. The bytes of an ArrayBuffer of their own stay where they are.

/** So many zeros. */
export function allocateSecret(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(length))
}

/** A copy. */
export function copySecret(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = allocateSecret(bytes.length)
  copy.set(bytes)
  return copy
}

/** Secrets, one after the other. */
export function concatSecrets(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = allocateSecret(parts.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}
