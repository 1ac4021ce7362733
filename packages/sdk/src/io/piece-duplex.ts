import { Duplex } from 'node:stream'
import { breath } from '../crypto/node-breath.js'
import { inPieces, toBytes } from './pieces.js'

/** Turns pieces of what is written into others. A piece is its reader's until it asks for the next. */
export type PieceTransform = (pieces: AsyncIterable<Uint8Array>, signal: AbortSignal) => AsyncGenerator<Uint8Array>

/** As much as is encrypted in parts by one call; so that the event loop gets its turn between. */
const MOST_AT_ONCE = 512 * 1024

type Callback = (error?: Error | null) => void

/** A chunk that was written, or the end; `taken` says that it is the writer's again. */
interface Offer {
  readonly chunk?: unknown
  readonly end: boolean
  readonly taken: Callback
}

/**
 * A duplex stream over an async generator. What `Duplex.from` does with one is not enough: it gives a chunk back to its writer before the
 * generator has dealt with it, and does not end a generator that waits for input when the stream is destroyed.
 */
export class PieceDuplex extends Duplex {
  readonly #transform: PieceTransform
  readonly #controller = new AbortController()
  #running: Promise<void> | undefined
  #offer: Offer | undefined
  #asking: { resolve: (offer: Offer) => void; reject: (reason: unknown) => void } | undefined
  /** The chunk that the generator works on, and what of it is still to come. */
  #inHand: Offer | undefined
  #rest: Generator<Uint8Array> | undefined
  #ended = false
  #readOn: (() => void) | undefined

  /** @param transform Starts with the first write or read; its signal is aborted when the stream is destroyed. */
  constructor(transform: PieceTransform) {
    super({ writableObjectMode: true, writableHighWaterMark: 1 })
    this.#transform = transform
  }

  override _write(chunk: unknown, encoding: BufferEncoding | undefined, taken: Callback): void {
    const utf8 = encoding === undefined || /^utf-?8$/i.test(encoding)
    this.#give({ chunk: typeof chunk === 'string' && !utf8 ? Buffer.from(chunk, encoding) : chunk, end: false, taken })
  }

  override _final(taken: Callback): void {
    this.#give({ end: true, taken })
  }

  override _read(): void {
    this.#start()
    this.#readOn?.()
  }

  override _destroy(error: Error | null, callback: Callback): void {
    const reason = error ?? new Error('the stream was destroyed')
    this.#controller.abort(reason)
    this.#asking?.reject(reason)
    this.#readOn?.()
    void (this.#running ?? Promise.resolve()).then(() => {
      for (const offer of [this.#inHand, this.#offer]) offer?.taken(reason)
      callback(error)
    })
  }

  #give(offer: Offer): void {
    this.#start()
    if (this.#asking) this.#asking.resolve(offer)
    else this.#offer = offer
    this.#asking = undefined
  }

  #start(): void {
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    try {
      for await (const piece of this.#transform(
        { [Symbol.asyncIterator]: () => this.#pieces },
        this.#controller.signal,
      )) {
        const more = this.push(piece)
        // Whoever got the piece may have destroyed the stream at once.
        if (!more && !this.destroyed) await this.#nextRead()
        if (this.destroyed) return
      }
      this.push(null)
    } catch (error) {
      this.destroy(error as Error)
    }
  }

  #nextRead(): Promise<void> {
    return new Promise((resolve) => {
      this.#readOn = resolve
    })
  }

  /** Not a generator: for streams of small chunks that would cost as much as all the rest. */
  readonly #pieces: AsyncIterator<Uint8Array, undefined> = {
    next: async () => {
      for (;;) {
        const piece = this.#rest?.next()
        if (piece && !piece.done) {
          const turn = breath()
          if (turn) await turn
          return piece
        }
        const done = this.#inHand
        this.#inHand = undefined
        done?.taken()
        if (done?.end) this.#ended = true
        if (this.#ended) return { done: true, value: undefined }
        this.#inHand = await this.#nextOffer()
        this.#rest = this.#inHand.end ? undefined : inPieces(toBytes(this.#inHand.chunk), MOST_AT_ONCE)
      }
    },
  }

  #nextOffer(): Promise<Offer> {
    return new Promise((resolve, reject) => {
      this.#controller.signal.throwIfAborted()
      if (this.#offer) resolve(this.#offer)
      else this.#asking = { resolve, reject }
      this.#offer = undefined
    })
  }
}
