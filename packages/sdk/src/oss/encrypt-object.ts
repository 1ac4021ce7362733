import { randomBytes } from 'node:crypto'
import { assertPlaintextLength } from '../crypto/algorithm.js'
import { createEncryptor, createGcmRangeCipher, startGmac, type Gmac } from '../crypto/node-cipher.js'
import { Spool } from '../io/spool.js'
import type { Envelope } from '../keys/envelope.js'
import { encodeContext } from '../message/encryption-context.js'
import { startCrc64 } from './crc64.js'
import type { EncryptedObject, EncryptObjectOptions } from './encrypted-object.js'
import { Sending, type ObjectPart } from './object-part.js'
import { partLengthFor } from './part-plan.js'
import { assertUnchanged, sourceChanged, type OpenSource } from './open-source.js'

/** What two readings of a source are compared by: a tag of every so many bytes of a part's ciphertext, and of what is left at its end. */
const BLOCK_LENGTH = 1024 * 1024

/** Files and buffers up to this length are held as ciphertext, too. */
const DEFAULT_HELD_LENGTH = 8 * 1024 * 1024

/**
 * Encrypts an object's body: once through, for the tag has to be known before the first byte is sent. What is small, or a stream, is held as
 * ciphertext until it has been sent; what is large and can be read again, a file or a buffer, is read and encrypted again for every attempt,
 * and must come out the same: bytes that differ are never sent, so that no key stream meets two plaintexts.
 *
 * @param begunIv Only to take up an upload that was begun with it; a fresh one otherwise.
 * @throws OsscryptError `LimitExceeded` when the plaintext is longer than the algorithm takes; `SourceChanged`; what reading the source throws.
 */
export async function encryptObject(
  source: OpenSource,
  { header, dataKey }: Envelope,
  options: EncryptObjectOptions,
  begunIv?: Uint8Array,
): Promise<EncryptedObject> {
  const { algorithm, encryptionContext } = header
  const { signal, memoryLimit = DEFAULT_HELD_LENGTH } = options
  const rereads = source.rereadable && algorithm.mode === 'GCM' && (source.length ?? 0) > memoryLimit
  const iv = begunIv ?? randomBytes(algorithm.ivLength)
  const encryptor = createEncryptor(algorithm, dataKey, iv, encodeContext(encryptionContext))
  const tags = rereads ? new BlockTags(partLengthFor(source.length ?? 0, options.partLength)) : undefined
  // What is encrypted again has its checksum taken then. What an earlier call sent is not, and has to be compared with all of it.
  const checksum = options.checkCrc64 && (!rereads || begunIv) ? await startCrc64() : undefined
  const spool = new Spool(options)
  let length = 0
  const keep = async (ciphertext: Uint8Array) => {
    length += ciphertext.length
    checksum?.update(ciphertext)
    if (tags) tags.update(ciphertext)
    else await spool.append(ciphertext)
  }
  try {
    let plaintextLength = 0
    for await (const piece of source.read(signal)) {
      signal?.throwIfAborted()
      plaintextLength += piece.length
      assertPlaintextLength(algorithm, plaintextLength)
      await keep(encryptor.update(piece))
    }
    const { rest, authTag } = encryptor.finish()
    await keep(rest)
    if (source.length !== undefined && source.length !== plaintextLength) throw sourceChanged()
    await assertUnchanged(source)
    tags?.end()

    let disposed = false
    const read = tags
      ? (start: number, end: number) =>
          encryptAgain({ source, dataKey, iv, tags, length, start, end, signal, algorithm })
      : (start: number, end: number) => spool.read(start, end)
    // The data key is zeroed when the object is disposed of: what was encrypted under zeroes everyone could read.
    const readLive = (start: number, end: number) => {
      if (disposed) throw new TypeError('the object was disposed of')
      return read(start, end)
    }
    const sending = new Sending(options, length)
    const crc64 = checksum?.value()
    return {
      iv,
      authTag,
      floeHeader: new Uint8Array(0),
      length,
      crc64,
      whole: () => {
        const { body, crc64: sent } = sending.part(1, length, () => readLive(0, length), undefined, crc64)
        return { body: { ...body, bytes: tags ? undefined : spool.bytes }, crc64: sent }
      },
      parts: () => cutParts(sending, length, options.partLength, readLive),
      assertWhole: () => assertUnchanged(source),
      dispose: () => {
        disposed = true
        return spool.dispose()
      },
    }
  } catch (error) {
    await spool.dispose()
    throw error
  }
}

async function* cutParts(
  sending: Sending,
  length: number,
  wanted: number | undefined,
  read: (start: number, end: number) => AsyncIterable<Uint8Array>,
): AsyncGenerator<ObjectPart> {
  const partLength = partLengthFor(length, wanted)
  for (let start = 0, number = 1; start < length || number === 1; start += partLength, number += 1) {
    const end = Math.min(start + partLength, length)
    yield sending.part(number, end - start, () => read(start, end))
  }
}

/**
 * The ciphertext of a GCM body once more, from `start` up to `end`, as AES-CTR: the tag is known. A block is handed out only when its own tag is
 * what it was the first time.
 */
async function* encryptAgain(again: {
  readonly source: OpenSource
  readonly algorithm: Envelope['header']['algorithm']
  readonly dataKey: Uint8Array
  readonly iv: Uint8Array
  readonly tags: BlockTags
  /** Bytes of the whole. */
  readonly length: number
  /** The start of a block. */
  readonly start: number
  /** The end of a block, or of the whole. */
  readonly end: number
  readonly signal: AbortSignal | undefined
}): AsyncGenerator<Uint8Array> {
  const { source, tags, start, end, length, signal } = again
  const cipher = createGcmRangeCipher(again.algorithm, again.dataKey, again.iv, start - (start % 16))
  cipher.update(new Uint8Array(start % 16))
  let tag = tags.startBlock()
  let held: Uint8Array[] = []
  let position = start
  const assertBlock = () => {
    if (tag.finish() !== tags.ofBlockTo(position)) throw sourceChanged()
  }
  for await (const piece of inBlocks(source.read(signal, start), start, tags)) {
    signal?.throwIfAborted()
    // The end is handed out only when nothing follows it: with its last byte OSS stores the object.
    if (position === length) throw sourceChanged()
    const ciphertext = cipher.update(piece)
    tag.update(ciphertext)
    held.push(ciphertext)
    position += ciphertext.length
    if (position > length) throw sourceChanged()
    if (!tags.isBorder(position) || position === length) continue
    assertBlock()
    yield* held
    if (position === end) return
    held = []
    tag = tags.startBlock()
  }
  if (position !== length) throw sourceChanged()
  if (held.length > 0) assertBlock()
  await assertUnchanged(source)
  yield* held
}

/**
 * The tags of a ciphertext's blocks: of each a GMAC, under a key that only this process knows and that nothing else is done with. Against whoever
 * changes the source on purpose it is as good as against accidents, and it is faster than a checksum.
 */
class BlockTags {
  readonly #key = randomBytes(16)
  readonly #tags = new Map<number, string>()
  readonly #partLength: number
  #block = this.startBlock()
  #length = 0

  /** @param partLength No block reaches from one part into the next. */
  constructor(partLength: number) {
    this.#partLength = partLength
  }

  startBlock(): Gmac {
    return startGmac(this.#key)
  }

  update(ciphertext: Uint8Array): void {
    for (const piece of this.split(ciphertext, this.#length)) {
      this.#block.update(piece)
      this.#length += piece.length
      if (this.isBorder(this.#length)) this.#endBlock()
    }
  }

  /** Says that nothing more comes. */
  end(): void {
    if (!this.isBorder(this.#length)) this.#endBlock()
  }

  /** The tag of the block that ends at `position`; undefined when none does. */
  ofBlockTo(position: number): string | undefined {
    return this.#tags.get(position)
  }

  /** Whether a block begins at `position`. */
  isBorder(position: number): boolean {
    return (position % this.#partLength) % BLOCK_LENGTH === 0
  }

  /** Bytes from `position` on in pieces that never reach across the end of a block. */
  *split(bytes: Uint8Array, position: number): Generator<Uint8Array> {
    for (let offset = 0; offset < bytes.length;) {
      const inPart = (position + offset) % this.#partLength
      const rest = Math.min(this.#partLength - inPart, BLOCK_LENGTH - (inPart % BLOCK_LENGTH))
      const piece = bytes.subarray(offset, offset + rest)
      yield piece
      offset += piece.length
    }
  }

  #endBlock(): void {
    this.#tags.set(this.#length, this.#block.finish())
    this.#block = this.startBlock()
  }
}

/** Pieces that never reach across the end of a block. */
async function* inBlocks(
  pieces: AsyncIterable<Uint8Array>,
  start: number,
  tags: BlockTags,
): AsyncGenerator<Uint8Array> {
  let position = start
  for await (const piece of pieces) {
    yield* tags.split(piece, position)
    position += piece.length
  }
}
