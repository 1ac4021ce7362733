import { engine } from '#crypto-engine'
import { Spool } from '#spool'
import { ByteSource } from '../../bytes/byte-source.js'
import { freeBuffer } from '../../bytes/free-buffer.js'
import { compareBytes } from '../../bytes/order.js'
import { assertPlaintextLength } from '../../crypto/algorithm.js'
import { encryptBodyStream, isMadeInParts, measureShort } from '../../crypto/body-stream.js'
import { GcmMessage } from '../../crypto/gcm-message.js'
import { encryptPieces, PIECE_LENGTH } from '../../crypto/gcm-pieces.js'
import { FormatError } from '../../errors.js'
import { encodeContext } from '../../message/encryption-context.js'
import { assertUnchanged, sourceChanged, type OpenSource } from '../../source/source.js'
import type { SealedObject } from '../../transfer/sealed-object.js'
import { encodeEnvelopeHeaders } from '../envelope-metadata.js'
import type { SealingKey, SealOptions } from '../object-format.js'
import { sealCiphertext, type Ciphertext } from '../sealed-ciphertext.js'

/** Files and buffers up to this length are held as ciphertext, too. */
const DEFAULT_HELD_LENGTH = 8 * 1024 * 1024

/** A body that was encrypted once, so that its tag is known. */
interface EncryptedBody extends Ciphertext {
  readonly authTag: Uint8Array
}

/**
 * Encrypts an object's body.
 *
 * @throws as {@link encryptGcm}.
 */
export async function sealGcm(source: OpenSource, key: SealingKey, options: SealOptions): Promise<SealedObject> {
  const { body, iv } = await encryptGcm(source, key, options)
  const { authTag } = body
  return sealCiphertext(source, body, options, {
    metadata: encodeEnvelopeHeaders({ header: key.header, iv, authTag }),
    proof: { iv, authTag },
  })
}

/**
 * Encrypts a body: once through, for the tag has to be known before the first byte is sent. What is small, or a stream, is held as
 * ciphertext until it has been sent; what is large and can be read again, a file or a buffer, is read and encrypted again for every attempt,
 * and must come out the same: bytes that differ are never sent, so that no key stream meets two plaintexts.
 *
 * @throws OsscryptError `LimitExceeded` when the plaintext is longer than the algorithm takes; `SourceChanged`; what reading the source throws.
 */
export async function encryptGcm(
  source: OpenSource,
  key: SealingKey,
  options: SealOptions,
): Promise<{ readonly body: EncryptedBody; readonly iv: Uint8Array }> {
  const { header } = key
  const { algorithm } = header
  const { memoryLimit = DEFAULT_HELD_LENGTH, begun, signal } = options
  const iv = begunIv(options, algorithm.ivLength) ?? engine.randomBytes(algorithm.ivLength)
  const plaintext = countPlaintext(source, key, signal)
  const rereads = isMadeInParts(algorithm, source.length) && source.rereadable && (source.length ?? 0) > memoryLimit
  const body = rereads
    ? await encryptTwice(source, plaintext, key, iv, options)
    : await encryptAndHold(source.length, plaintext, key, iv, options)
  try {
    await assertUnchanged(source)
    if (begun?.['authTag'] && compareBytes(body.authTag, begun['authTag']) !== 0) throw sourceChanged()
    return { body, iv }
  } catch (error) {
    await body.dispose()
    throw error
  }
}

function begunIv({ begun }: SealOptions, ivLength: number): Uint8Array | undefined {
  if (!begun) return undefined
  const { iv, authTag } = begun
  if (iv?.length !== ivLength || authTag?.length !== 16) throw new FormatError('no whole record of a GCM upload')
  return iv
}

/** A source's bytes, as many as it said and the algorithm takes. */
async function* countPlaintext(
  source: OpenSource,
  { header }: SealingKey,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let length = 0
  for await (const piece of source.read(signal)) {
    signal?.throwIfAborted()
    length += piece.length
    assertPlaintextLength(header.algorithm, length)
    yield piece
  }
  if (source.length !== undefined && source.length !== length) throw sourceChanged()
}

/** Encrypts once, and holds the ciphertext. */
async function encryptAndHold(
  sourceLength: number | undefined,
  plaintext: AsyncIterable<Uint8Array>,
  { header, dataKey }: SealingKey,
  iv: Uint8Array,
  options: SealOptions,
): Promise<EncryptedBody> {
  const { concurrency } = options
  const { algorithm: suite } = header
  const cipher = { suite, iv, aad: encodeContext(header.encryptionContext) }
  const spool = new Spool(options)
  try {
    const { bytes, length = sourceLength } =
      sourceLength === undefined ? await measureShort(suite, plaintext) : { bytes: plaintext }
    const ciphertext = encryptBodyStream(cipher, dataKey, bytes, { length, concurrency })
    let next = await ciphertext.next()
    for (; !next.done; next = await ciphertext.next()) await spool.append(next.value)
    return {
      authTag: next.value,
      length: spool.length,
      read: (start, end) => spool.read(start, end),
      get bytes() {
        return spool.bytes
      },
      dispose: () => spool.dispose(),
    }
  } catch (error) {
    await spool.dispose()
    throw error
  }
}

/** Encrypts once for the tag, and again for every time that it is read. */
async function encryptTwice(
  source: OpenSource,
  plaintext: AsyncIterable<Uint8Array>,
  { header, dataKey }: SealingKey,
  iv: Uint8Array,
  { concurrency, signal }: SealOptions,
): Promise<EncryptedBody> {
  const message = await GcmMessage.create(dataKey, iv, encodeContext(header.encryptionContext))
  let length = 0
  try {
    for await (const ciphertext of encryptUnchanged(message, plaintext, 0, concurrency)) {
      length += ciphertext.length
      freeBuffer(ciphertext)
    }
    return {
      authTag: message.tag(),
      length,
      read: (start, end, atOnce = concurrency) => encryptAgain(message, source, { start, end, length, atOnce }, signal),
      dispose: () => {
        message.dispose()
        return Promise.resolve()
      },
    }
  } catch (error) {
    message.dispose()
    throw error
  }
}

/** What is encrypted again, and how long the whole is. */
interface Again {
  readonly start: number
  readonly end: number
  readonly length: number
  readonly atOnce: number | undefined
}

/**
 * A stretch of the ciphertext once more, made of the pieces that it was made of the first time. A piece is handed out only when it is what it was.
 *
 * @throws OsscryptError `SourceChanged`, before the end is handed out: with its last byte OSS stores the object.
 */
async function* encryptAgain(
  message: GcmMessage,
  source: OpenSource,
  { start, end, length, atOnce }: Again,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const first = start - (start % PIECE_LENGTH)
  const last = Math.min(length, Math.ceil(end / PIECE_LENGTH) * PIECE_LENGTH)
  const plaintext = stopAt(source.read(signal, first), (last === length ? last + 1 : last) - first, signal)
  let position = first
  let held: Uint8Array | undefined
  for await (const piece of encryptUnchanged(message, plaintext, first, atOnce)) {
    if (held) yield held
    held = piece.subarray(Math.max(0, start - position), Math.max(0, end - position))
    position += piece.length
  }
  if (position !== last) throw sourceChanged()
  await assertUnchanged(source)
  if (held) yield held
}

/** The first `length` bytes. */
async function* stopAt(
  pieces: AsyncIterable<Uint8Array>,
  length: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let left = length
  for await (const piece of pieces) {
    signal?.throwIfAborted()
    yield piece.subarray(0, left)
    left -= piece.length
    if (left <= 0) return
  }
}

/**
 * Encrypts bytes that start at `start`, several pieces at a time.
 *
 * @throws OsscryptError `SourceChanged` for a piece that was encrypted before, and was another one.
 */
async function* encryptUnchanged(
  message: GcmMessage,
  plaintext: AsyncIterable<Uint8Array>,
  start: number,
  concurrency: number | undefined,
): AsyncGenerator<Uint8Array> {
  const bytes = new ByteSource(plaintext)
  try {
    for await (const ciphertext of encryptPieces(message, bytes, start, concurrency)) {
      if (!ciphertext) throw sourceChanged()
      yield ciphertext
    }
  } finally {
    await bytes.close()
  }
}
