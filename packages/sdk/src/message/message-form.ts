import { MESSAGE_VERSION } from './header.js'

/** `message`: form 1, ASN.1 DER, of up to 4 GiB. `stream`: form 2, of any length. */
export type MessageForm = 'message' | 'stream'

/** So many first bytes tell the forms apart. */
export const FORM_LENGTH = 16

const [SEQUENCE, INTEGER] = [0x30, 0x02]

const STREAM_START = [0, 0, 0, MESSAGE_VERSION, 0, 0, 0]

/**
 * Which form of the Encryption SDK's bytes begin like: a message (form 1, ASN.1 DER), or a stream (form 2); undefined for neither. Nothing is said of
 * what follows, and nothing verified.
 *
 * @param bytes The first 16, or all where there are fewer.
 */
export function messageForm(bytes: Uint8Array): MessageForm | undefined {
  // A stream begins with its version and a small algorithm id, four bytes each. The version alone begins other files, too: raw H.264 and H.265, `.DS_Store`.
  const isStream = STREAM_START.every((byte, index) => bytes[index] === byte) && bytes.length > STREAM_START.length
  if (isStream) return 'stream'
  // A message is SEQUENCE { SEQUENCE { INTEGER version, INTEGER algorithm, as no certificate is.
  const header = contentOf(bytes, 0)
  const version = header === undefined ? undefined : contentOf(bytes, header)
  if (version === undefined) return undefined
  const [tag, length, value, next] = bytes.subarray(version, version + 4)
  return tag === INTEGER && length === 1 && value === MESSAGE_VERSION && next === INTEGER ? 'message' : undefined
}

/** Where the content of a SEQUENCE begins; undefined when there is another element. */
function contentOf(bytes: Uint8Array, at: number): number | undefined {
  const length = bytes[at + 1]
  if (bytes[at] !== SEQUENCE || length === undefined) return undefined
  return at + 2 + (length > 0x80 ? length - 0x80 : 0)
}
