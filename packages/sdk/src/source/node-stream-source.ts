import { Readable } from 'node:stream'
import { streamInPieces } from '../io/pieces.js'
import { abortable } from '../retry/retry.js'
import type { OpenSource } from './source.js'

/** What is read once, from its start. */
interface Chunks {
  /** @throws what reading fails with. */
  next(): Promise<IteratorResult<unknown, unknown>>
  /** Ends what is not wanted any more. */
  cancel(): void
}

/**
 * A stream of Node's, of any copy of its stream package.
 *
 * @throws TypeError when it cannot be read from its start to its end; what it has failed with.
 */
export function openReadableSource(stream: Readable): OpenSource {
  if (stream.errored) throw stream.errored
  if (!stream.readable || isRead(stream)) throw new TypeError('the stream cannot be read, or has been read already')
  // It may fail before it is read; reading it then says so.
  stream.on('error', () => undefined)
  let iterator: AsyncIterator<unknown> | undefined
  return openChunks({
    next: () => {
      // Bytes that went to somebody else would be missing in the object, and nobody would know.
      if (!iterator && isRead(stream)) throw new TypeError('the stream is read by somebody else, too')
      iterator ??= stream[Symbol.asyncIterator]() as AsyncIterator<unknown>
      return iterator.next()
    },
    cancel: () => void stream.destroy(),
  })
}

/** A stream of the time before async iteration. */
export function openOldStreamSource(stream: NodeJS.ReadableStream): OpenSource {
  return openReadableSource(new Readable().wrap(stream))
}

/**
 * A web stream, of this or another implementation. From now on nobody else can read it.
 *
 * @throws TypeError when it cannot be read from its start to its end.
 */
export function openWebStreamSource(stream: WebStream): OpenSource {
  if (stream.locked) throw new TypeError('the stream is locked to another reader')
  if (Readable.isDisturbed(stream as unknown as Readable)) throw new TypeError('the stream has been read already')
  const reader = stream.getReader()
  const cancel = () => void Promise.resolve(reader.cancel()).catch(() => undefined)
  return openChunks({ next: () => reader.read() as Promise<IteratorResult<unknown, unknown>>, cancel })
}

/** What can be iterated over once. */
export function openIterableSource(iterable: AsyncIterable<unknown>): OpenSource {
  const iterator = iterable[Symbol.asyncIterator]()
  // Never awaited: a generator ends when what it waits for has come.
  const cancel = () => void Promise.resolve(iterator.return?.()).catch(() => undefined)
  return openChunks({ next: () => iterator.next(), cancel })
}

/** As much of a web stream as is used. */
export interface WebStream {
  readonly locked: boolean
  getReader(): { read(): Promise<unknown>; cancel(): Promise<unknown> }
}

function openChunks(chunks: Chunks): OpenSource {
  return {
    length: undefined,
    rereadable: false,
    mime: undefined,
    read: (signal) => readChunks(chunks, signal),
    isUnchanged: () => Promise.resolve(true),
    discard: () => {
      chunks.cancel()
      return Promise.resolve()
    },
  }
}

/** A stream's chunks in pieces; ends at once with the signal's reason when it is aborted. */
export async function* readChunks(chunks: Chunks, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  try {
    yield* streamInPieces(untilAborted(chunks, signal))
  } finally {
    chunks.cancel()
  }
}

async function* untilAborted(chunks: Chunks, signal: AbortSignal | undefined): AsyncGenerator {
  for (;;) {
    const next = await abortable(chunks.next(), signal)
    if (next.done) return
    yield next.value
  }
}

function isRead({ readableDidRead, readableFlowing }: Readable): boolean {
  return readableDidRead || readableFlowing === true
}
