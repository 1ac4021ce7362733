import { constants } from 'node:buffer'
import { Readable } from 'node:stream'
import { quote } from '../bytes/quote.js'
import { OsscryptError } from '../errors.js'
import { allocate } from '../io/allocate.js'
import { takeVerifiedBody } from '../encryption/verified-body.js'
import { onAbort } from '../retry/on-abort.js'
import type { Progress } from './object-part.js'
import { closeObject, decryptObject, readReporting, startDecryptor } from './decrypt-object.js'
import { openObject, type ClientParts, type ObjectInfo, type OpenedObject, type ReadOptions } from './open-object.js'

/** Options of reading a whole object. */
export interface GetOptions extends ReadOptions {
  /** Told of ciphertext that has arrived. */
  readonly progress?: Progress | undefined
}

/** Options of reading a whole object into memory. */
export interface GetBufferOptions extends GetOptions {
  /** The most bytes that are taken into memory. Default: as many as a Buffer can hold. */
  readonly maxBufferLength?: number | undefined
}

/** Reads a whole object into memory. All of `content` is verified. */
export async function getBuffer(
  parts: ClientParts,
  name: string,
  options: GetBufferOptions,
): Promise<ObjectInfo & { readonly content: Buffer }> {
  const opened = await openObject(parts, name, options)
  const { length } = opened.reading
  const limit = options.maxBufferLength ?? constants.MAX_LENGTH
  const assertFits = (needed: number) => {
    if (needed > limit)
      throw new OsscryptError(
        'LimitExceeded',
        `${quote(name)} is larger than fits in memory: read it into a file or as a stream`,
      )
  }
  let content = Buffer.alloc(0)
  let filled = 0
  try {
    if (length !== undefined) {
      assertFits(length)
      content = allocate(length)
    }
    for await (const plaintext of await decryptObject(opened, readReporting(opened, options))) {
      assertFits(filled + plaintext.length)
      if (filled + plaintext.length > content.length) {
        const larger = allocate(Math.min(limit, Math.max(2 * content.length, filled + plaintext.length)))
        larger.set(content.subarray(0, filled))
        content.fill(0)
        content = larger
      }
      content.set(plaintext, filled)
      filled += plaintext.length
    }
    const { res, meta, encryption } = opened.info
    return { res, meta, encryption, content: content.subarray(0, filled) }
  } catch (error) {
    content.fill(0, 0, filled)
    throw error
  } finally {
    closeObject(opened)
  }
}

/**
 * Reads a whole object as a stream of verified bytes. A GCM object's ciphertext is taken in and checked first, held in memory or a temporary
 * file, and decrypted as the stream is read; a FLOE object's segments are handed out as they are verified.
 */
export async function getVerifiedStream(
  parts: ClientParts,
  name: string,
  options: GetOptions,
): Promise<ObjectInfo & { readonly stream: Readable }> {
  return streamVerified(parts, await openObject(parts, name, options), options)
}

/**
 * An opened object as a stream, as {@link getVerifiedStream}. The data key is zeroed.
 *
 * @param ciphertext Its bytes from the first on, where they come otherwise than by the reading that it was opened with.
 */
export async function streamVerified(
  parts: ClientParts,
  opened: OpenedObject,
  options: GetOptions,
  ciphertext: AsyncIterable<Uint8Array> = readReporting(opened, options),
): Promise<ObjectInfo & { readonly stream: Readable }> {
  const { header, authTag } = opened.envelope
  let plaintext: AsyncGenerator<Uint8Array>
  let dispose: () => void
  try {
    if (header.algorithm.mode === 'FLOE') {
      plaintext = await decryptObject(opened, ciphertext)
      dispose = () => {
        opened.reading.discard()
      }
    } else {
      const body = await takeVerifiedBody(
        ciphertext,
        () => startDecryptor(opened),
        () => authTag,
        parts,
      )
      opened.reading.discard()
      plaintext = body.read()
      dispose = () => void body.dispose()
    }
  } catch (error) {
    opened.reading.discard()
    throw error
  } finally {
    opened.dataKey.fill(0)
  }
  const { signal } = options
  const stream = Readable.from(plaintext, { objectMode: false })
  const abort = () => void stream.destroy(signal?.reason as Error)
  const unlisten = onAbort(signal, abort)
  stream.once('close', () => {
    unlisten()
    dispose()
  })
  if (signal?.aborted) abort()
  return { ...opened.info, stream }
}
