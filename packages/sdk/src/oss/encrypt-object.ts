import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { assertPlaintextLength, type AlgorithmSuite } from '../crypto/algorithm.js'
import { createEncryptor, createGcmRangeCipher } from '../crypto/node-cipher.js'
import type { Envelope } from '../keys/envelope.js'
import { encodeContext } from '../message/encryption-context.js'
import { startCrc64, type Crc64 } from './crc64.js'
import type { UploadBody } from './object-store.js'
import { sourceChanged, type OpenSource } from './put-source.js'
import { inPieces } from '../io/pieces.js'
import { Spool, type SpoolOptions } from '../io/spool.js'

/** Called as bytes are on their way; after a failed attempt `bytes` starts again from 0. */
export type Progress = (progress: { readonly bytes: number; readonly total: number | undefined }) => void

/** An object's ciphertext, ready to be sent. No two attempts ever show one key stream with two plaintexts. */
export interface EncryptedObject extends UploadBody {
  readonly iv: Uint8Array
  readonly authTag: Uint8Array
  /** CRC-64 of the ciphertext that was last read to its end, as OSS writes it; undefined when it was not asked for. */
  crc64(): string | undefined
  /** Frees what holds the bytes. Must be called. */
  dispose(): Promise<void>
}

/** How an object is encrypted. */
export interface EncryptObjectOptions extends SpoolOptions {
  readonly checkCrc64: boolean
  readonly progress?: Progress | undefined
  readonly signal?: AbortSignal | undefined
}

/** What two readings of a source are compared by: a checksum of the ciphertext up to every so many bytes. */
const BLOCK_LENGTH = 1024 * 1024

const DEFAULT_REREAD_LENGTH = 8 * 1024 * 1024

/**
 * Encrypts an object's body: once through, for the tag has to be known before the first byte is sent. What is small, or a stream, is held as
 * ciphertext until it has been sent; what is large and can be read again, a file or a buffer, is read and encrypted again for every attempt,
 * and must come out the same: bytes that differ are never sent, so that no key stream meets two plaintexts.
 *
 * @throws OsscryptError `LimitExceeded` when the plaintext is longer than the algorithm takes; `SourceChanged`; what reading the source throws.
 */
export async function encryptObject(
  source: OpenSource,
  envelope: Envelope,
  options: EncryptObjectOptions,
): Promise<EncryptedObject> {
  const { algorithm, encryptionContext } = envelope.header
  const { dataKey } = envelope
  const { signal, progress, memoryLimit = DEFAULT_REREAD_LENGTH } = options
  const rereads = source.rereadable && algorithm.mode === 'GCM' && (source.length ?? 0) > memoryLimit
  const iv = randomBytes(algorithm.ivLength)
  const encryptor = createEncryptor(algorithm, dataKey, iv, encodeContext(encryptionContext))
  const checksum = await startChecksum(options.checkCrc64 || rereads)
  const spool = new Spool(options)
  const blocks: string[] = []
  let length = 0
  const keep = async (ciphertext: Uint8Array) => {
    length += ciphertext.length
    checksum.update(ciphertext)
    if (!rereads) await spool.append(ciphertext)
    else if (length % BLOCK_LENGTH === 0) blocks.push(checksum.value())
  }
  try {
    for await (const piece of rereads ? inBlocks(source.read(signal)) : source.read(signal)) {
      signal?.throwIfAborted()
      assertPlaintextLength(algorithm, length + piece.length)
      await keep(encryptor.update(piece))
    }
    const { rest, authTag } = encryptor.finish()
    await keep(rest)
    if (source.length !== undefined && algorithm.mode === 'GCM' && source.length !== length) throw sourceChanged()
    blocks.push(checksum.value())
    const read = rereads
      ? () => encryptAgain(source, algorithm, dataKey, iv, blocks, length, signal)
      : () => spool.read()
    return {
      iv,
      authTag,
      length,
      rereadable: true,
      crc64: () => (options.checkCrc64 ? checksum.value() : undefined),
      bytes: rereads ? undefined : spool.bytes,
      open: () =>
        Readable.from(reporting(read(), length, progress), { objectMode: false, highWaterMark: BLOCK_LENGTH / 4 }),
      dispose: () => spool.dispose(),
    }
  } catch (error) {
    await spool.dispose()
    throw error
  }
}

/**
 * The ciphertext of a GCM body once more, as AES-CTR: the tag is known. A block is handed out only when the checksum up to its end is what it
 * was the first time.
 */
async function* encryptAgain(
  source: OpenSource,
  algorithm: AlgorithmSuite,
  dataKey: Uint8Array,
  iv: Uint8Array,
  blocks: readonly string[],
  length: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const cipher = createGcmRangeCipher(algorithm, dataKey, iv, 0)
  const checksum = await startCrc64()
  let held: Uint8Array[] = []
  let position = 0
  let block = 0
  for await (const piece of inBlocks(source.read(signal))) {
    signal?.throwIfAborted()
    const ciphertext = cipher.update(piece)
    checksum.update(ciphertext)
    held.push(ciphertext)
    position += ciphertext.length
    if (position > length) throw sourceChanged()
    if (position % BLOCK_LENGTH !== 0 || position === length) continue
    if (checksum.value() !== blocks[block]) throw sourceChanged()
    block += 1
    yield* held
    held = []
  }
  // The end is handed out only when nothing follows it: with its last byte OSS stores the object.
  if (position !== length || checksum.value() !== blocks[block]) throw sourceChanged()
  yield* held
}

/** Pieces that never reach across the end of a block. */
async function* inBlocks(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let position = 0
  for await (let piece of pieces) {
    while (piece.length > 0) {
      const part = piece.subarray(0, BLOCK_LENGTH - (position % BLOCK_LENGTH))
      yield part
      position += part.length
      piece = piece.subarray(part.length)
    }
  }
}

/** In small pieces, also what is in memory as one: that bytes move is seen by the pieces that are taken. */
/** Tells of bytes as they are taken. */
export async function* reporting(
  pieces: AsyncIterable<Uint8Array>,
  total: number | undefined,
  progress: Progress | undefined,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const piece of pieces) {
    for (const part of inPieces(piece)) {
      yield part
      bytes += part.length
      progress?.({ bytes, total })
    }
  }
}

/** A checksum, or where none is wanted something that costs nothing. */
export async function startChecksum(wanted: boolean): Promise<Crc64> {
  return wanted ? startCrc64() : { update: () => undefined, value: () => '' }
}
