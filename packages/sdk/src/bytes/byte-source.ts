import { FormatError, IntegrityError } from '../errors.js'
import { concatBytes } from './concat.js'

const SKIP_LENGTH = 64 * 1024

/** Room for what comes in pieces begins with this, and doubles: there may be less than was asked for. */
const FIRST_LENGTH = 4096

/** Takes bytes from the front of a stream, as many at a time as a parser asks for. */
export class ByteSource {
  readonly #iterator: AsyncIterator<Uint8Array>
  readonly #taken: (length: number) => void
  #held: Uint8Array = new Uint8Array(0)

  /** @param taken Is told of the bytes that are taken. */
  constructor(chunks: AsyncIterable<Uint8Array>, taken: (length: number) => void = () => undefined) {
    this.#iterator = chunks[Symbol.asyncIterator]()
    this.#taken = taken
  }

  /**
   * The next `length` bytes. The caller has checked that `length` is one that it is ready to hold.
   *
   * @throws {@link FormatError} when the stream ends before.
   */
  async take(length: number): Promise<Uint8Array> {
    const bytes = await this.takeUpTo(length)
    if (bytes.length < length) throw new FormatError('the message is cut short')
    return bytes
  }

  /** The next `length` bytes, or fewer when the stream ends before; in a buffer of its own. */
  async takeUpTo(length: number): Promise<Uint8Array> {
    let taken: Uint8Array = new Uint8Array(Math.min(length, Math.max(this.#held.length, FIRST_LENGTH)))
    let filled = await this.takeInto(taken)
    while (filled === taken.length && filled < length && (await this.#fill())) {
      const larger = new Uint8Array(Math.min(length, 2 * filled))
      larger.set(taken)
      taken = larger
      filled += await this.takeInto(taken.subarray(filled))
    }
    return taken.subarray(0, filled)
  }

  /** The next bytes as they came, at most `most` of them, the source's until more is asked for; none when the stream has ended. */
  async takeSome(most: number): Promise<Uint8Array> {
    await this.#fill()
    const part = this.#held.subarray(0, most)
    this.#held = this.#held.subarray(part.length)
    this.#taken(part.length)
    return part
  }

  /**
   * The next bytes, as many as `room` has, or fewer when the stream ends before: in `room`, or where they are, if they came in one piece. They are the
   * caller's until more is asked for.
   */
  async takeWhole(room: Uint8Array): Promise<Uint8Array> {
    if (room.length > 0 && (await this.#fill()) && this.#held.length >= room.length) return this.takeSome(room.length)
    return room.subarray(0, await this.takeInto(room))
  }

  /** Fills `target` with the next bytes, or its start when the stream ends before; says how many they are. */
  async takeInto(target: Uint8Array): Promise<number> {
    let filled = 0
    while (filled < target.length) {
      if (!(await this.#fill())) break
      const part = this.#held.subarray(0, target.length - filled)
      this.#held = this.#held.subarray(part.length)
      target.set(part, filled)
      filled += part.length
      this.#taken(part.length)
    }
    return filled
  }

  /**
   * Passes over the next `length` bytes, which need not fit in memory.
   *
   * @throws {@link FormatError} when the stream ends before.
   */
  async skip(length: number): Promise<void> {
    for (let missing = length; missing > 0;) missing -= (await this.take(Math.min(missing, SKIP_LENGTH))).length
  }

  /** Everything that was not taken. */
  async *rest(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const some = await this.takeSome(Infinity)
      if (some.length === 0) return
      yield some
    }
  }

  /** Says that nothing more will be taken. */
  async close(): Promise<void> {
    await this.#iterator.return?.()
  }

  /** Whether there is more: the next bytes are held then. */
  async #fill(): Promise<boolean> {
    while (this.#held.length === 0) {
      const next = await this.#iterator.next()
      if (next.done) return false
      this.#held = next.value
    }
    return true
  }
}

/**
 * Splits chunks into all but the last `length` bytes, given on as they come, and these, given to `onTail` at the end.
 *
 * @throws IntegrityError when there are fewer: a body that was cut, wherever that was, is told by the same error.
 */
export async function* holdTail(
  chunks: AsyncIterable<Uint8Array>,
  length: number,
  onTail: (tail: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  let tail: Uint8Array = new Uint8Array(0)
  for await (const chunk of chunks) {
    if (chunk.length >= length) {
      if (tail.length > 0) yield tail
      const split = chunk.length - length
      if (split > 0) yield chunk.subarray(0, split)
      // A copy: whose buffer it is may fill it with something else before the end has come.
      tail = new Uint8Array(chunk.subarray(split))
    } else {
      const joined = concatBytes(tail, chunk)
      const split = Math.max(0, joined.length - length)
      if (split > 0) yield joined.subarray(0, split)
      tail = joined.subarray(split)
    }
  }
  if (tail.length < length) throw new IntegrityError()
  onTail(tail)
}
