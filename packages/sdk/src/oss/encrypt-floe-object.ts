import { Readable } from 'node:stream'
import { engine } from '#crypto-engine'
import { FloeCipher } from '../floe/floe-cipher.js'
import { encryptFloe } from '../floe/floe-stream.js'
import { assertSegmentLength, ciphertextLength, DEFAULT_SEGMENT_LENGTH, floeParameters } from '../floe/parameters.js'
import { Spool } from '../io/spool.js'
import type { Envelope } from '../keys/envelope.js'
import { encodeCommittedFields } from '../message/header.js'
import { reporting, startChecksum, type EncryptedObject, type EncryptObjectOptions } from './encrypt-object.js'
import { readUnchanged, type OpenSource } from './put-source.js'

/** How a FLOE object is encrypted. */
export interface EncryptFloeObjectOptions extends EncryptObjectOptions {
  readonly segmentLength?: number | undefined
}

/** As much of a stream is held so that a short one can be sent again. */
const HELD_LENGTH = 8 * 1024 * 1024

/**
 * Encrypts an object's body as FLOE, in one pass while it is sent. What can be read again is encrypted anew for every attempt, with fresh
 * nonces; a stream is sent as it comes, and can be sent again only when it is short.
 *
 * @throws FormatError `LimitExceeded` for a segment length out of bounds; what reading the source throws.
 */
export async function encryptFloeObject(
  source: OpenSource,
  { header, dataKey }: Envelope,
  options: EncryptFloeObjectOptions,
): Promise<EncryptedObject> {
  const { segmentLength = DEFAULT_SEGMENT_LENGTH, memoryLimit = HELD_LENGTH, progress, signal } = options
  assertSegmentLength(segmentLength)
  const parameters = floeParameters(segmentLength)
  const length = source.length === undefined ? undefined : ciphertextLength(parameters, source.length)
  let checksum = await startChecksum(options.checkCrc64)
  const encrypt = async function* (): AsyncGenerator<Uint8Array> {
    checksum = await startChecksum(options.checkCrc64)
    const cipher = await FloeCipher.create(engine, dataKey, encodeCommittedFields(header), parameters)
    try {
      for await (const bytes of encryptFloe(cipher, readUnchanged(source, signal))) {
        checksum.update(bytes)
        yield bytes
      }
    } finally {
      cipher.dispose()
    }
  }
  const none = new Uint8Array(0)
  const body = {
    iv: none,
    authTag: none,
    crc64: () => (options.checkCrc64 ? checksum.value() : undefined),
  }
  const toStream = (pieces: AsyncIterable<Uint8Array>, total: number | undefined) =>
    Readable.from(reporting(pieces, total, progress), { objectMode: false, highWaterMark: segmentLength })
  if (source.rereadable) {
    return {
      ...body,
      length,
      rereadable: true,
      open: () => toStream(encrypt(), length),
      dispose: () => Promise.resolve(),
    }
  }

  const spool = new Spool({ ...options, memoryLimit: Infinity })
  const pieces = encrypt()
  const dispose = async () => {
    await pieces.return(undefined)
    await spool.dispose()
  }
  try {
    for (;;) {
      const next = await pieces.next()
      if (next.done) {
        const { bytes } = spool
        return {
          ...body,
          length: spool.length,
          rereadable: true,
          bytes,
          open: () => toStream(spool.read(), spool.length),
          dispose,
        }
      }
      await spool.append(next.value)
      if (spool.length > memoryLimit) break
    }
  } catch (error) {
    await dispose()
    throw error
  }
  const all = async function* () {
    yield* spool.read()
    yield* pieces
  }
  return { ...body, length: undefined, rereadable: false, open: () => toStream(all(), undefined), dispose }
}
