import { ByteSource, holdTail } from '../bytes/byte-source.js'
import type { BodyReading } from '../crypto/body-reading.js'
import { measureShort, openBody } from '../crypto/body-stream.js'
import { keepCopies } from '../spool/keep-copies.js'
import type { SpoolOptions } from '../spool/spool.js'
import { Spool } from '#spool'
import { openEnvelope, type DecryptOptions, type Envelope } from '../keys/envelope.js'
import { encodeContext } from '../message/encryption-context.js'
import { readStreamHeader, readStreamIv } from '../message/stream-message.js'
import { describeHeader, type EncryptionInfo } from '../keys/verified-header.js'
import { isStored, loadEnvelope, type EnvelopeProvider } from '../keys/envelope-provider.js'
import { abortable } from '../retry/retry.js'

/** Options of reading a stream message. */
export interface DecryptStreamOptions extends DecryptOptions, SpoolOptions {
  /**
   * Hands out the plaintext of a message with a tag before the tag is checked: when it turns out wrong, the stream fails after most of the
   * changed plaintext has been given out. Default false: ciphertext is held, beyond `memoryLimit` in a temporary file, until it is checked.
   */
  readonly allowUnverifiedStream?: boolean | undefined
}

const ALL = { ciphertext: { start: 0, end: Infinity } }

/** Decrypts a stream message (form 2; only its body where the provider stores the header: form 4). */
export async function* decryptPieces(
  provider: EnvelopeProvider,
  message: AsyncIterable<Uint8Array>,
  options: DecryptStreamOptions & { readonly concurrency?: number | undefined },
  onHeader: (encryption: EncryptionInfo) => void,
): AsyncGenerator<Uint8Array> {
  const source = new ByteSource(message)
  try {
    const { header, iv, dataKey } = await readEnvelope(provider, source, options)
    let body: BodyReading | undefined
    try {
      const { algorithm: suite, encryptionContext } = header
      let tag: Uint8Array = new Uint8Array(0)
      const ciphertext = holdTail(source.rest(), suite.tagLength, (tail) => {
        tag = tail
      })
      onHeader(describeHeader(header))
      const verifies = suite.authenticated && options.allowUnverifiedStream !== true
      const { bytes, length } = verifies ? await measureShort(suite, ciphertext) : { bytes: ciphertext }
      const cipher = { suite, iv, aad: encodeContext(encryptionContext), authTag: () => tag }
      body = await openBody(cipher, dataKey, { length, concurrency: options.concurrency, asTheyCome: !verifies })
      dataKey.fill(0)
      if (verifies) yield* readVerified(body, bytes, length, options)
      else {
        yield* body.decrypt(ALL, new ByteSource(bytes))
        await body.finish()
      }
    } finally {
      dataKey.fill(0)
      body?.dispose()
    }
  } finally {
    await source.close()
  }
}

/** Takes in all of a body and checks it, and only then decrypts it. */
async function* readVerified(
  body: BodyReading,
  ciphertext: AsyncIterable<Uint8Array>,
  length: number | undefined,
  options: SpoolOptions,
): AsyncGenerator<Uint8Array> {
  const spool = new Spool(options)
  try {
    await body.authenticate(ALL, new ByteSource(keepCopies(ciphertext, spool, { length })))
    await body.finish()
    yield* body.decrypt(ALL, new ByteSource(spool.readPieces()))
  } finally {
    await spool.dispose()
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
