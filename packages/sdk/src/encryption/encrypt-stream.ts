import { randomBytes } from 'node:crypto'
import { createEncryptor } from '../crypto/node-cipher.js'
import { chooseAlgorithm, type EncryptOptions } from '../keys/envelope.js'
import { encodeContext } from '../message/encryption-context.js'
import { encodeStreamHeader, encodeStreamIv } from '../message/stream-message.js'
import { assertPlaintextLength } from '../crypto/algorithm.js'
import { isStored, provideEnvelope, type EnvelopeProvider } from '../keys/envelope-provider.js'
import { describeHeader, type EncryptionInfo } from '../keys/verified-header.js'
import { abortable } from '../retry/retry.js'

/** Encrypts pieces of plaintext as one stream message (form 2; only its body where the provider stores the header: form 4). */
export async function* encryptPieces(
  provider: EnvelopeProvider,
  plaintext: AsyncIterable<Uint8Array>,
  options: EncryptOptions,
  onHeader: (encryption: EncryptionInfo) => void,
): AsyncGenerator<Uint8Array> {
  const algorithm = chooseAlgorithm(options)
  const { encryptionContext = {}, signal } = options
  const provided = provideEnvelope(provider, { algorithm, encryptionContext, signal })
  const { header, dataKey } = await abortable(provided, signal, (late) => late.dataKey.fill(0))
  let encryptor
  const iv = randomBytes(algorithm.ivLength)
  try {
    encryptor = createEncryptor(algorithm, dataKey, iv, encodeContext(header.encryptionContext))
  } finally {
    dataKey.fill(0)
  }
  onHeader(describeHeader(header))
  if (!isStored(provider)) yield encodeStreamHeader(header)
  yield encodeStreamIv(iv)
  let length = 0
  for await (const piece of plaintext) {
    length += piece.length
    assertPlaintextLength(algorithm, length)
    const ciphertext = encryptor.update(piece)
    if (ciphertext.length > 0) yield ciphertext
  }
  const { rest, authTag } = encryptor.finish()
  if (rest.length > 0) yield rest
  if (authTag.length > 0) yield authTag
}
