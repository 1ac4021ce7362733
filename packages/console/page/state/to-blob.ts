/** So much is held in memory before the browser gets it as a Blob, which it may keep on its disk. */
const HELD = 16 * 1024 * 1024

/** All of a stream as a Blob. Fails with the stream's own error, which `Response.blob()` does not everywhere. */
export async function toBlob(stream: ReadableStream<Uint8Array>, type: string): Promise<Blob> {
  const blobs: Blob[] = []
  let held: Uint8Array<ArrayBuffer>[] = []
  let length = 0
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    held.push(new Uint8Array(value))
    length += value.length
    if (length >= HELD) {
      blobs.push(new Blob(held))
      held = []
      length = 0
    }
  }
  return new Blob([...blobs, ...held], { type })
}
