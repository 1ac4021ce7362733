import { engine } from '#crypto-engine'
import { chooseAlgorithm, type EncryptOptions } from '../keys/envelope.js'
import { encodeContext } from '../message/encryption-context.js'
import { encodeStreamHeader, encodeStreamIv } from '../message/stream-message.js'
import { assertPlaintextLength, type AlgorithmSuite } from '../crypto/algorithm.js'
import { encryptBodyStream, measureShort } from '../crypto/body-stream.js'
import { isStored, provideEnvelope, type EnvelopeProvider } from '../keys/envelope-provider.js'
import { describeHeader, type EncryptionInfo } from '../keys/verified-header.js'
import { abortable } from '../retry/retry.js'

/** Options of writing a stream message. */
export interface EncryptStreamOptions extends EncryptOptions {
  readonly concurrency?: number | undefined
}

/** Encrypts pieces of plaintext as one stream message (form 2; only its body where the provider stores the header: form 4). */
export async function* encryptPieces(
  provider: EnvelopeProvider,
  plaintext: AsyncIterable<Uint8Array>,
  options: EncryptStreamOptions,
  onHeader: (encryption: EncryptionInfo) => void,
): AsyncGenerator<Uint8Array> {
  const algorithm = chooseAlgorithm(options)
  const { encryptionContext = {}, concurrency, signal } = options
  const provided = provideEnvelope(provider, { algorithm, encryptionContext, signal })
  const { header, dataKey } = await abortable(provided, signal, (late) => late.dataKey.fill(0))
  try {
    const iv = engine.randomBytes(algorithm.ivLength)
    onHeader(describeHeader(header))
    if (!isStored(provider)) yield encodeStreamHeader(header)
    yield encodeStreamIv(iv)
    const { bytes, length } = await measureShort(algorithm, countBytes(algorithm, plaintext))
    const cipher = { suite: algorithm, iv, aad: encodeContext(header.encryptionContext) }
    const authTag = yield* encryptBodyStream(cipher, dataKey, bytes, { length, concurrency })
    if (authTag.length > 0) yield authTag
  } finally {
    dataKey.fill(0)
  }
}

/** Passes bytes on, as many as an algorithm takes. */
async function* countBytes(algorithm: AlgorithmSuite, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let length = 0
  for await (const piece of pieces) {
    length += piece.length
    assertPlaintextLength(algorithm, length)
    yield piece
  }
}
