import { Spool } from '#spool'
import type { FloeCipher } from '../../floe/floe-cipher.js'
import { encryptFloe } from '../../floe/floe-stream.js'
import { assertUnchanged, type OpenSource } from '../../source/source.js'
import { growingPartLength } from '../../transfer/part-plan.js'
import type { SealedObject, SealedPart } from '../../transfer/sealed-object.js'
import type { SealOptions } from '../object-format.js'

/** What every way of sealing a FLOE body starts with. */
export interface FloeSealing {
  readonly source: OpenSource
  readonly cipher: FloeCipher
  readonly options: SealOptions
  readonly known: Pick<SealedObject, 'metadata' | 'proof'>
}

/** As much of a stream is held so that a short one can be sent in one request. */
const HELD_LENGTH = 8 * 1024 * 1024

/**
 * Parts of a stream up to this length are held in memory, longer ones, such as those of the default length, in temporary files: several are on
 * their way at once, and together they would take more memory than all else.
 */
const HELD_PART_LENGTH = 4 * 1024 * 1024

/** The segments of a stream are made once, in their order. */
export async function sealFloeStream({ source, cipher, options, known }: FloeSealing): Promise<SealedObject> {
  const { memoryLimit = HELD_LENGTH, concurrency, signal } = options
  const pieces = encryptFloe(cipher, source.read(signal), concurrency)
  const start = new Spool({ ...options, memoryLimit: Infinity })
  const dispose = async () => {
    // Else a stream that stands still would be waited for.
    void source.discard()
    await pieces.return(undefined)
    await start.dispose()
    cipher.dispose()
  }
  try {
    let ended = false
    while (!ended && start.length <= memoryLimit) {
      const next = await pieces.next()
      if (next.done) ended = true
      else await start.append(next.value)
    }
    const length = ended ? start.length : undefined
    let gone = false
    const open = async function* () {
      // Whoever read on would take what is left, or nothing, for all of it.
      if (gone) throw new TypeError('a stream that was not held is read once only')
      yield* start.read()
      if (!ended) {
        gone = true
        await start.dispose()
      }
      yield* pieces
    }
    return {
      ...known,
      length,
      whole: () => ({ length, rereadable: ended, bytes: ended ? start.bytes : undefined, open }),
      parts: () => gatherParts(open(), options),
      assertWhole: () => assertUnchanged(source),
      dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** Parts of what comes, each held until it has been sent. */
async function* gatherParts(pieces: AsyncIterable<Uint8Array>, options: SealOptions): AsyncGenerator<SealedPart> {
  const limit = options.memoryLimit ?? HELD_PART_LENGTH
  const { partLength: wanted } = options
  let number = 1
  // What is going to be too long to be held is not held first.
  const begin = () => new Spool({ ...options, memoryLimit: growingPartLength(number, wanted) < limit ? limit : 0 })
  let held = begin()
  /** Hands the bytes held to whoever takes the part. */
  const handOver = (): SealedPart => {
    const spool = held
    const part = {
      number,
      length: spool.length,
      open: () => spool.read(),
      dispose: () => spool.dispose(),
    }
    number += 1
    held = begin()
    return part
  }
  try {
    for await (const piece of pieces) {
      await held.append(piece)
      if (held.length >= growingPartLength(number, wanted)) yield handOver()
    }
    if (held.length > 0) yield handOver()
  } finally {
    await held.dispose()
  }
}
