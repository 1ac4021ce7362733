import { DerReader } from '../bytes/der.js'
import { FormatError } from '../errors.js'

/** The length of r and of s: all curves here have orders of 256 bits. */
const SCALAR_LENGTH = 32

/**
 * Reads the signature of an elliptic curve, `SEQUENCE { INTEGER r, INTEGER s }`, into r and s of 32 bytes each, one
 * after the other. Only the one DER encoding of two such numbers is accepted, so that a signature cannot be written in
 * a second way. Whether the numbers are in the range of the curve's order is left to the curve.
 *
 * @returns null for anything else.
 */
export function decodeScalarPair(signature: Uint8Array): Uint8Array | null {
  try {
    const der = new DerReader(signature)
    const sequence = der.readSequence()
    der.end()
    const [r, s] = [sequence.readUnsigned(), sequence.readUnsigned()]
    sequence.end()
    if (r.length > SCALAR_LENGTH || s.length > SCALAR_LENGTH) return null
    const pair = new Uint8Array(2 * SCALAR_LENGTH)
    pair.set(r, SCALAR_LENGTH - r.length)
    pair.set(s, 2 * SCALAR_LENGTH - s.length)
    return pair
  } catch (error) {
    if (error instanceof FormatError) return null
    throw error
  }
}
