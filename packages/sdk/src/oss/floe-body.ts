import { engine } from '#crypto-engine'
import { ByteSource } from '../bytes/byte-source.js'
import { FloeCipher } from '../floe/floe-cipher.js'
import { decryptFloe } from '../floe/floe-stream.js'
import { assertSegmentLength, decodeSegmentLength, FLOE_HEADER_LENGTH } from '../floe/parameters.js'
import { encodeCommittedFields, type MessageHeader } from '../message/header.js'

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
    const cipher = await openFloeCipher(header, dataKey, await source.take(FLOE_HEADER_LENGTH))
    return readSegments(cipher, source)
  } catch (error) {
    await source.close()
    throw error
  }
}

async function* readSegments(cipher: FloeCipher, source: ByteSource): AsyncGenerator<Uint8Array> {
  try {
    yield* decryptFloe(cipher, source.rest())
  } finally {
    cipher.dispose()
    await source.close()
  }
}
