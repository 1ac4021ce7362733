import { allocateSecret, copySecret } from '../bytes/secret-bytes.js'

const UNRESERVED = /^[A-Za-z0-9._~-]$/
const HEX = Uint8Array.from('0123456789ABCDEF', (digit) => digit.charCodeAt(0))
const PERCENT = 0x25

/** Which ASCII characters stand for themselves (RFC 3986, section 2.3). */
const unreserved = Uint8Array.from({ length: 256 }, (_, code) => Number(UNRESERVED.test(String.fromCharCode(code))))

/** Percent-encodes bytes, into a new array that nobody else has: they may be a secret. */
export function percentEncode(bytes: Uint8Array): Uint8Array {
  const room = allocateSecret(bytes.length * 3)
  let length = 0
  for (const byte of bytes) {
    if (unreserved[byte]) room[length++] = byte
    else {
      room[length++] = PERCENT
      room[length++] = HEX[byte >> 4] ?? 0
      room[length++] = HEX[byte & 15] ?? 0
    }
  }
  const encoded = copySecret(room.subarray(0, length))
  room.fill(0)
  return encoded
}
