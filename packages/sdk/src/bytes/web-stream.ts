/** A ReadableStream's chunks; the stream is cancelled when they are left early. Not every platform lets streams be iterated. */
export async function* readWebStream(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  try {
    for (;;) {
      const next = await reader.read()
      if (next.done) return
      yield next.value
    }
  } finally {
    // Does nothing to a stream that has ended.
    reader.cancel().catch(() => undefined)
  }
}

/**
 * All of the bytes of a stream.
 *
 * @returns null when they are more than `limit`.
 */
export async function collectBytes(chunks: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array[] | null> {
  const collected: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    length += chunk.length
    if (length > limit) return null
    collected.push(chunk)
  }
  return collected
}
