import { ByteSource, holdTail } from '../bytes/byte-source.js'
import { createDecryptor } from '../crypto/node-cipher.js'
import type { SpoolOptions } from '../spool/spool.js'
import { openEnvelope, type DecryptOptions, type Envelope } from '../keys/envelope.js'
import { encodeContext } from '../message/encryption-context.js'
import { readStreamHeader, readStreamIv } from '../message/stream-message.js'
import { describeHeader, type EncryptionInfo } from '../keys/verified-header.js'
import { isStored, loadEnvelope, type EnvelopeProvider } from '../keys/envelope-provider.js'
import { abortable } from '../retry/retry.js'
import { decryptBody, takeVerifiedBody } from './verified-body.js'

/** Options of reading a stream message. */
export interface DecryptStreamOptions extends DecryptOptions, SpoolOptions {
  /**
   * Hands out the plaintext of a message with a tag before the tag is checked: when it turns out wrong, the stream fails after most of the
   * changed plaintext has been given out. Default false: ciphertext is held, beyond `memoryLimit` in a temporary file, until it is checked.
   */
  readonly allowUnverifiedStream?: boolean | undefined
}

/** Decrypts a stream message (form 2; only its body where the provider stores the header: form 4). */
export async function* decryptPieces(
  provider: EnvelopeProvider,
  message: AsyncIterable<Uint8Array>,
  options: DecryptStreamOptions,
  onHeader: (encryption: EncryptionInfo) => void,
): AsyncGenerator<Uint8Array> {
  const source = new ByteSource(message)
  try {
    const { header, iv, dataKey } = await readEnvelope(provider, source, options)
    const { algorithm } = header
    let authTag: Uint8Array = new Uint8Array(0)
    const ciphertext = holdTail(source.rest(), algorithm.tagLength, (tail) => {
      authTag = tail
    })
    try {
      const aad = encodeContext(header.encryptionContext)
      const startDecryptor = () => createDecryptor(algorithm, dataKey, iv, aad)
      onHeader(describeHeader(header))
      if (!algorithm.authenticated || options.allowUnverifiedStream) {
        yield* decryptBody(ciphertext, startDecryptor(), () => authTag)
        return
      }
      const body = await takeVerifiedBody(ciphertext, startDecryptor, () => authTag, options)
      dataKey.fill(0)
      try {
        yield* body.read()
      } finally {
        await body.dispose()
      }
    } finally {
      dataKey.fill(0)
    }
  } finally {
    await source.close()
  }
}

/** Reads all that stands before the ciphertext, as far as that can be without KMS before KMS is asked. */
async function readEnvelope(
  provider: EnvelopeProvider,
  source: ByteSource,
  options: DecryptOptions,
): Promise<Envelope & { readonly iv: Uint8Array }> {
  const { signal } = options
  if (isStored(provider)) {
    const envelope = await abortable(loadEnvelope(provider, options), signal, (late) => late.dataKey.fill(0))
    try {
      return { ...envelope, iv: await readStreamIv(source, envelope.header.algorithm) }
    } catch (error) {
      envelope.dataKey.fill(0)
      throw error
    }
  }
  const header = await readStreamHeader(source, options)
  const iv = await readStreamIv(source, header.algorithm)
  const opening = openEnvelope(provider, header, options)
  return { ...(await abortable(opening, signal, (late) => late.dataKey.fill(0))), iv }
}
