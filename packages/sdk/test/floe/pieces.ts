/** Bytes cut at the given lengths, over and over; 0 gives an empty piece. */
export async function* inPiecesOf(bytes: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let position = 0, index = 0; position < bytes.length; index += 1) {
    const length = lengths[index % lengths.length] ?? 1
    yield bytes.subarray(position, position + length)
    position += length
  }
}

/** Everything that comes, copied as it comes. */
export async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = []
  for await (const piece of pieces) copies.push(Buffer.from(piece))
  return Buffer.concat(copies)
}

/** What came before the end or the error, and the error. */
export async function collectUntilError(
  pieces: () => Promise<AsyncIterable<Uint8Array>>,
): Promise<{ readonly bytes: Buffer; readonly error: unknown }> {
  const copies: Buffer[] = []
  try {
    for await (const piece of await pieces()) copies.push(Buffer.from(piece))
  } catch (error) {
    return { bytes: Buffer.concat(copies), error }
  }
  return { bytes: Buffer.concat(copies), error: undefined }
}
