import type { HeaderLimits } from '../../message/header.js'
import { readMessageStart, type MessageStart } from '../../message/message-ends.js'
import type { UnverifiedEnvelope } from '../envelope.js'

/** An envelope that stands in the body, before the ciphertext. Its tag stands behind that, and is not known here. */
export interface MessageBodyEnvelope extends UnverifiedEnvelope {
  readonly messageStart: MessageStart
}

/**
 * The envelope at the start of a body. Nothing of it is verified yet.
 *
 * @param bytes The body's first bytes; no more of them are asked for than are needed.
 * @returns undefined for a body that begins like no message.
 * @throws FormatError when it is not whole or not well-formed.
 */
export async function readBodyEnvelope(
  bytes: AsyncIterable<Uint8Array>,
  limits: HeaderLimits,
): Promise<MessageBodyEnvelope | undefined> {
  const messageStart = await readMessageStart(bytes, limits)
  if (!messageStart) return undefined
  const { header, iv } = messageStart
  return { kind: 'body', header, iv, authTag: new Uint8Array(0), messageStart }
}
