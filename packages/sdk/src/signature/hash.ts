import { createHash, type Hash } from 'node:crypto'
import { OsscryptError } from '../errors.js'

/** The hashes that are signed; both give 32 bytes. */
export type HashName = 'sha256' | 'sm3'

/** The length of every digest here. */
export const DIGEST_LENGTH = 32

/** @throws OsscryptError `UnsupportedAlgorithm` where OpenSSL was built without SM3. */
export function startHash(name: HashName): Hash {
  try {
    return createHash(name)
  } catch {
    throw new OsscryptError('UnsupportedAlgorithm', `the OpenSSL of this Node was built without ${name}`)
  }
}

/** SHA-256 of the parts, one after the other. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return hashParts('sha256', parts)
}

/** SM3 of the parts, one after the other. */
export function sm3(...parts: readonly Uint8Array[]): Uint8Array {
  return hashParts('sm3', parts)
}

function hashParts(name: HashName, parts: readonly Uint8Array[]): Uint8Array {
  const hash = startHash(name)
  for (const part of parts) hash.update(part)
  return hash.digest()
}
