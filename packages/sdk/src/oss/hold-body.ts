import { Spool } from '#spool'
import { ByteSource } from '../bytes/byte-source.js'
import { keepCopies } from '../spool/keep-copies.js'
import type { ClientParts, OpenedWhole } from './open-object.js'

/** Plaintext on its way. To be read to its end or returned early; `close` frees everything, whether it was read or not. */
export interface BodyPlaintext {
  readonly plaintext: AsyncGenerator<Uint8Array>
  readonly close: () => void
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
