import { shareOf } from '../crypto/map-in-order.js'
import { assertUnchanged, type OpenSource } from '../source/source.js'
import { partLengthFor } from '../transfer/part-plan.js'
import type { SealedObject, SealedPart } from '../transfer/sealed-object.js'
import type { SealOptions } from './object-format.js'

/** A whole body as ciphertext, held or made anew when it is read, and then the same. */
export interface Ciphertext {
  readonly length: number
  /** Its bytes from `start` up to, and without, `end`. */
  read(start: number, end: number, concurrency?: number): AsyncIterable<Uint8Array>
  /** All of it where it is in memory. */
  readonly bytes?: Uint8Array | undefined
  dispose(): Promise<void>
}

/** What is said of an object beside its body. */
type Said = Pick<SealedObject, 'metadata' | 'proof'> & {
  /** Said with an upload in parts, and with each of them. */
  readonly partMetadata?: ((partLength: number) => Readonly<Record<string, string>>) | undefined
  /** What the length of a part has to be a multiple of. */
  readonly partUnit?: number | undefined
}

/** An object whose body can be read as ciphertext, any part of it, as often as it takes. */
export function sealCiphertext(
  source: OpenSource,
  body: Ciphertext,
  options: SealOptions,
  { metadata, proof, partMetadata, partUnit = 1 }: Said,
): SealedObject {
  const { length } = body
  const partLength = Math.ceil(partLengthFor(length, options.partLength) / partUnit) * partUnit
  // The data key is zeroed when the object is disposed of: what was encrypted under zeroes everyone could read.
  let disposed = false
  const read = (start: number, end: number, concurrency?: number) => {
    if (disposed) throw new TypeError('the object was disposed of')
    return body.read(start, end, concurrency)
  }
  const readPart = (start: number, end: number) => read(start, end, shareOf(options.concurrency, options.parallel))
  return {
    metadata,
    partMetadata: partMetadata?.(partLength),
    proof,
    length,
    whole: () => ({ length, rereadable: true, bytes: body.bytes, open: () => readLater(() => read(0, length)) }),
    parts: () => cutParts(length, partLength, readPart),
    assertWhole: () => assertUnchanged(source),
    dispose: () => {
      disposed = true
      return body.dispose()
    },
  }
}

async function* cutParts(
  length: number,
  partLength: number,
  read: (start: number, end: number) => AsyncIterable<Uint8Array>,
): AsyncGenerator<SealedPart> {
  for (let start = 0, number = 1; start < length || number === 1; start += partLength, number += 1) {
    const end = Math.min(start + partLength, length)
    yield {
      number,
      length: end - start,
      open: () => readLater(() => read(start, end)),
      dispose: () => Promise.resolve(),
    }
  }
}

/** Says only to who reads that nothing can be read any more. */
async function* readLater(read: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* read()
}
