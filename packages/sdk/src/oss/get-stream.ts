import { Spool } from '#spool'
import { toStream, type PlaintextStream } from '#output'
import { ByteSource } from '../bytes/byte-source.js'
import type { DownloadProgress } from '../transfer/download-progress.js'
import type { GetOptions } from './get-whole.js'
import { openWhole, type ClientParts, type ObjectInfo, type OpenedWhole } from './open-object.js'

/**
 * Reads a whole object as a stream of verified bytes. What is verified at its end only is taken in and checked first, held as ciphertext, and
 * decrypted as the stream is read; what is verified in segments is handed out as they come.
 */
export async function getStream(
  parts: ClientParts,
  name: string,
  options: GetOptions,
): Promise<ObjectInfo & { readonly stream: PlaintextStream }> {
  const { info, plaintext, close } = await getPlaintext(parts, name, options)
  return { ...info, stream: toStream(plaintext, options.signal, close) }
}

/** {@link getStream}, for what goes on with the bytes itself. */
export async function getPlaintext(
  parts: ClientParts,
  name: string,
  options: GetOptions,
): Promise<OpenedWhole & { readonly plaintext: AsyncGenerator<Uint8Array> }> {
  const opened = await openWhole(parts, name, options)
  const { format, envelope, layout, body, bytes, progress } = opened
  if (format.integrity(envelope.header.algorithm) !== 'whole') {
    return { ...opened, plaintext: thenEnd(body.decrypt(layout.whole(), bytes), progress) }
  }
  const spool = new Spool(parts)
  const close = () => {
    opened.close()
    void spool.dispose()
  }
  try {
    await body.authenticate(layout.whole(), new ByteSource(keepCopies(bytes.rest(), spool, options.signal)))
    progress.end()
    await body.finish()
    opened.reading.close()
    return { ...opened, close, plaintext: body.decrypt(layout.whole(), new ByteSource(spool.read())) }
  } catch (error) {
    close()
    throw error
  }
}

async function* thenEnd(plaintext: AsyncIterable<Uint8Array>, progress: DownloadProgress): AsyncGenerator<Uint8Array> {
  yield* plaintext
  progress.end()
}

/** Passes bytes on, and keeps copies of them: what was checked when it came must be what is read again, whoever has the chunk. */
async function* keepCopies(
  chunks: AsyncIterable<Uint8Array>,
  spool: Spool,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    signal?.throwIfAborted()
    const copy = new Uint8Array(chunk)
    await spool.append(copy)
    yield copy
  }
}
