import { Spool } from '#spool'
import { toStream, type PlaintextStream } from '#output'
import { ByteSource } from '../bytes/byte-source.js'
import { keepCopies } from '../spool/keep-copies.js'
import { openWhole, type ClientParts, type ObjectInfo, type OpenedWhole } from './open-object.js'
import type { GetOptions } from './get-whole.js'

/** Plaintext on its way. To be read to its end or returned early; `close` frees everything, whether it was read or not. */
export interface BodyPlaintext {
  readonly plaintext: AsyncGenerator<Uint8Array>
  readonly close: () => void
}

/**
 * Reads a whole object as a stream of verified bytes. What is verified at its end only is taken in and checked first, held as ciphertext, and
 * decrypted as the stream is read; what is verified in segments is handed out as they come.
 */
export async function getStream(
  parts: ClientParts,
  name: string,
  options: GetOptions,
): Promise<ObjectInfo & { readonly stream: PlaintextStream }> {
  const opened = await openWhole(parts, name, options)
  const { format, envelope, info } = opened
  const isWhole = format.integrity(envelope.header.algorithm) === 'whole'
  const { plaintext, close } = isWhole ? await holdBody(parts, opened, options.signal) : readBody(opened)
  return { ...info, stream: toStream(plaintext, options.signal, close) }
}

/** Plaintext as the bytes come. */
function readBody({ layout, body, bytes, progress, close }: OpenedWhole): BodyPlaintext {
  const read = async function* () {
    yield* body.decrypt(layout.whole(), bytes)
    progress.end()
  }
  return { plaintext: read(), close }
}

/**
 * Takes in all of a body and verifies it. It is held as ciphertext, in memory to a limit, and no connection any more: what is read afterwards is
 * decrypted a second time.
 *
 * @throws IntegrityError; ServiceError. Nothing stays open then.
 */
export async function holdBody(
  parts: ClientParts,
  { layout, body, bytes, progress, reading, close: closeObject }: OpenedWhole,
  signal: AbortSignal | undefined,
): Promise<BodyPlaintext> {
  const spool = new Spool(parts)
  const close = () => {
    closeObject()
    void spool.dispose()
  }
  try {
    const { ciphertext } = layout.whole()
    const kept = keepCopies(bytes.rest(), spool, { length: ciphertext.end - ciphertext.start + 1, signal })
    await body.authenticate(layout.whole(), new ByteSource(kept))
    progress.end()
    await body.finish()
    reading.close()
    return { close, plaintext: body.decrypt(layout.whole(), new ByteSource(spool.readPieces())) }
  } catch (error) {
    close()
    throw error
  }
}
