import { Readable } from 'node:stream'
import type { UploadBody } from '../store/object-store.js'
import { startCrc64, type Crc64 } from '../store/crc64.js'

/** How far a transfer is. */
export interface ProgressStep {
  /** Bytes of ciphertext so far. */
  readonly bytes: number
  /** Bytes of the whole object, where that is known. */
  readonly total: number | undefined
  /** Parts that are through, where the object goes in several. */
  readonly parts?: number | undefined
}

/** Called as bytes are on their way; those of an attempt that failed are counted again. */
export type Progress = (step: ProgressStep) => void

/** A part of an encrypted object, or all of it. It may be sent as often as it takes. */
export interface ObjectPart {
  /** 1 to 10000. */
  readonly number: number
  readonly body: UploadBody & { readonly length: number }
  /** CRC-64 of the bytes that were last read to their end; undefined when it was not asked for. */
  readonly crc64: () => string | undefined
  /** Counts the part as sent, for OSS has it already. */
  readonly skip: () => void
  /** Frees what holds the bytes. Must be called. */
  readonly dispose: () => Promise<void>
}

/** How bytes are watched on their way out. */
export interface SendingOptions {
  readonly checkCrc64: boolean
  readonly progress?: Progress | undefined
}

/** Pieces on their way are held back to this many bytes. */
const HIGH_WATER_MARK = 256 * 1024

/** Watches the bytes of an object that is sent in one request or in parts. */
export class Sending {
  readonly #options: SendingOptions
  readonly #total: number | undefined
  readonly #bytesOf = new Map<number, number>()
  readonly #complete = new Set<number>()
  #bytes = 0

  /** @param total Bytes of the whole object, where that is known. */
  constructor(options: SendingOptions, total: number | undefined) {
    this.#options = options
    this.#total = total
  }

  /**
   * Makes a part of what `read` gives.
   *
   * @param read Gives the same number of bytes each time.
   * @param dispose Frees what holds them.
   * @param knownCrc64 Their CRC-64 where it is known; taken of them otherwise.
   */
  part(
    number: number,
    length: number,
    read: () => AsyncIterable<Uint8Array>,
    dispose: () => Promise<void> = () => Promise.resolve(),
    knownCrc64?: string,
  ): ObjectPart {
    let checksum: Crc64 | undefined
    const watch = async function* (this: Sending) {
      // An attempt that was ended may still be at its last piece when the next one begins.
      const own = this.#options.checkCrc64 && knownCrc64 === undefined ? await startCrc64() : undefined
      checksum = own
      let bytes = 0
      for await (const piece of read()) {
        own?.update(piece)
        yield piece
        bytes += piece.length
        this.#report(number, bytes, length)
      }
    }
    const open = () => Readable.from(watch.call(this), { objectMode: false, highWaterMark: HIGH_WATER_MARK })
    const skip = () => {
      this.#report(number, length, length)
    }
    const crc64 = () => knownCrc64 ?? checksum?.value()
    return { number, body: { length, rereadable: true, open }, crc64, skip, dispose }
  }

  /** Says that so many bytes of a part have been sent. */
  #report(number: number, bytes: number, length: number): void {
    this.#bytes += bytes - (this.#bytesOf.get(number) ?? 0)
    this.#bytesOf.set(number, bytes)
    if (bytes === length) this.#complete.add(number)
    else this.#complete.delete(number)
    const parts = this.#bytesOf.size > 1 ? this.#complete.size : undefined
    this.#options.progress?.({ bytes: this.#bytes, total: this.#total, parts })
  }
}
