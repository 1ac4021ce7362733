import { toStream, type PlaintextStream } from '#output'
import { PassProgress } from '../transfer/pass-progress.js'
import type { GetOptions } from './get-whole.js'
import { holdBody, type BodyPlaintext } from './hold-body.js'
import { openWhole, type ClientParts, type ObjectInfo, type OpenedWhole } from './open-object.js'

/** Options of reading a whole object as a stream. */
export interface GetStreamOptions extends GetOptions {
  /**
   * Holds nothing of what is verified at its end only, if it does not fit in `memoryLimit`: it is fetched once to be verified, and again while the stream is
   * read. What comes then is handed out piece by piece, each when it is just what was verified; `progress` tells of both. Twice the traffic, and no
   * temporary file. A `floe` object is fetched once anyway; one of an algorithm without parts (CBC, SM4) is held. Default false.
   */
  readonly fetchTwice?: boolean | undefined
}

/** A whole object as a stream. */
export interface StreamResult extends ObjectInfo {
  readonly stream: PlaintextStream
  /** Bytes of the plaintext, where that is known. Of a `floe` object it is what OSS says: the stream fails at its end when it is wrong. */
  readonly length: number | undefined
}

/**
 * Reads a whole object as a stream of verified bytes. What is verified at its end only is taken in and checked first; held as ciphertext, or fetched
 * again, it is decrypted as the stream is read. What is verified in segments is handed out as they come.
 */
export async function getStream(parts: ClientParts, name: string, options: GetStreamOptions): Promise<StreamResult> {
  const passes = new PassProgress(options.progress)
  const opened = await openWhole(parts, name, { ...options, progress: passes.tell })
  const { plaintext, close } = await readVerified(parts, name, opened, options, passes)
  const stream = toStream(plaintext, options.signal, close)
  return { ...opened.info, stream, length: opened.layout.plaintextLength }
}

async function readVerified(
  parts: ClientParts,
  name: string,
  opened: OpenedWhole,
  options: GetStreamOptions,
  passes: PassProgress,
): Promise<BodyPlaintext> {
  const { format, envelope } = opened
  if (format.integrity(envelope.header.algorithm) !== 'whole') return readBody(opened)
  if (options.fetchTwice) {
    const { verifyAndFetchAgain } = await import('./fetch-twice.js')
    return verifyAndFetchAgain(parts, name, opened, options, passes)
  }
  return holdBody(parts, opened, options.signal)
}

/** Plaintext as the bytes come. */
function readBody({ layout, body, bytes, progress, close }: OpenedWhole): BodyPlaintext {
  const read = async function* () {
    yield* body.decrypt(layout.whole(), bytes)
    progress.end()
  }
  return { plaintext: read(), close }
}
