import { engine } from '#crypto-engine'
import { ByteSource } from '../bytes/byte-source.js'
import { IntegrityError, ServiceError } from '../errors.js'
import { FloeCipher } from '../floe/floe-cipher.js'
import { decryptFloe } from '../floe/floe-stream.js'
import { assertSegmentLength, decodeSegmentLength, FLOE_HEADER_LENGTH } from '../floe/parameters.js'
import { encodeCommittedFields, type MessageHeader } from '../message/header.js'
import type { ObjectReading } from './read-object.js'

/**
 * Opens the FLOE message that is an object's body. When this resolves, the object's envelope is verified, wrapped keys aside, and that this
 * body belongs to it.
 *
 * @param floeHeader The body's first 74 bytes.
 * @throws FormatError; IntegrityError when data key, envelope and body do not belong together.
 */
export async function openFloeCipher(
  header: MessageHeader,
  dataKey: Uint8Array,
  floeHeader: Uint8Array,
): Promise<FloeCipher> {
  assertSegmentLength(decodeSegmentLength(floeHeader))
  return FloeCipher.open(engine, dataKey, encodeCommittedFields(header), floeHeader)
}

/**
 * Opens a whole body, as {@link openFloeCipher}.
 *
 * @returns its plaintext: verified segment by segment, and complete when it ends without an error.
 */
export async function openFloeBody(
  header: MessageHeader,
  dataKey: Uint8Array,
  body: AsyncIterable<Uint8Array>,
): Promise<AsyncGenerator<Uint8Array>> {
  const source = new ByteSource(body)
  try {
    const cipher = await openFloeCipher(header, dataKey, await takeFloeHeader(source))
    return readSegments(cipher, source)
  } catch (error) {
    await source.close()
    throw error
  }
}

/**
 * Looks at the header that a body starts with.
 *
 * @returns it, and the reading, whose bytes start with it all the same.
 * @throws IntegrityError when the body is cut within it; FormatError for segments of a length that is not read; ServiceError `BadAnswer` when it
 *   is another part of the object that comes.
 */
export async function peekFloeHeader(
  reading: ObjectReading,
): Promise<{ readonly floeHeader: Uint8Array; readonly reading: ObjectReading }> {
  if (reading.offset !== 0) throw new ServiceError('BadAnswer', 'OSS did not answer from the start', { service: 'oss' })
  const source = new ByteSource(reading.read())
  try {
    const floeHeader = await takeFloeHeader(source)
    assertSegmentLength(decodeSegmentLength(floeHeader))
    const read = async function* () {
      try {
        yield floeHeader
        yield* source.rest()
      } finally {
        await source.close()
      }
    }
    const discard = () => {
      void source.close()
      reading.discard()
    }
    return { floeHeader, reading: { ...reading, read, discard } }
  } catch (error) {
    await source.close()
    throw error
  }
}

/**
 * The header that a body starts with.
 *
 * @throws IntegrityError when the body is cut within it: a cut is told by the same error wherever it is.
 */
export async function takeFloeHeader(source: ByteSource): Promise<Uint8Array> {
  const floeHeader = await source.takeUpTo(FLOE_HEADER_LENGTH)
  if (floeHeader.length < FLOE_HEADER_LENGTH) throw new IntegrityError()
  return floeHeader
}

async function* readSegments(cipher: FloeCipher, source: ByteSource): AsyncGenerator<Uint8Array> {
  try {
    yield* decryptFloe(cipher, source.rest())
  } finally {
    cipher.dispose()
    await source.close()
  }
}
