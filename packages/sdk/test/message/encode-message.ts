import type { EncryptedBody } from '../../src/crypto/engine.js'
import type { MessageHeader } from '../../src/message/header.js'
import { frameMessage, type Message } from '../../src/message/message.js'

/** A message whose body is known, encoded. */
export function encodeMessage({ header, body }: Message): Uint8Array {
  return fillFrame(header, body)
}

/** A body alone, encoded. */
export function encodeBody(body: EncryptedBody): Uint8Array {
  return fillFrame(undefined, body)
}

function fillFrame(header: MessageHeader | undefined, body: EncryptedBody): Uint8Array {
  const { iv, ciphertext, authTag } = body
  const lengths = { iv: iv.length, ciphertext: ciphertext.length, authTag: authTag.length }
  const frame = frameMessage(header, lengths)
  frame.body.iv.set(iv)
  frame.body.ciphertext.set(ciphertext)
  frame.body.authTag.set(authTag)
  return frame.bytes
}
