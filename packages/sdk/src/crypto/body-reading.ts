import type { ByteSource } from '../bytes/byte-source.js'
import type { Stretch } from '../bytes/stretch.js'
import type { AlgorithmSuite } from './algorithm.js'

/** How a body was encrypted, apart from its key. */
export interface BodyCipher {
  readonly suite: AlgorithmSuite
  readonly iv: Uint8Array
  readonly aad: Uint8Array
  /** Asked for when all of the body has come. */
  readonly authTag: () => Uint8Array
}

/** A body without segments that is being read. Holds keys: to be disposed of. */
export interface BodyReading {
  /**
   * The plaintext of a stretch, which nobody may see before {@link finish} has returned, unless it is of an algorithm without a tag; or, when that has
   * returned, verified.
   *
   * @param bytes Stands at the stretch's first byte; just its bytes are taken.
   * @param concurrency How many pieces are worked on at a time, where that is to be another number than the body was opened for.
   * @throws IntegrityError.
   */
  decrypt(
    stretch: { readonly ciphertext: Stretch },
    bytes: ByteSource,
    concurrency?: number,
  ): AsyncGenerator<Uint8Array>

  /** Verifies a stretch without handing out anything; {@link decrypt} can follow after {@link finish}. */
  authenticate(stretch: { readonly ciphertext: Stretch }, bytes: ByteSource): Promise<void>

  /**
   * The plaintext of all of the body once more when {@link finish} has returned, from bytes that came anew; where the algorithm can tell of each piece whether
   * it is what was verified. Only such are handed out.
   *
   * @throws IntegrityError.
   */
  decryptAgain?(whole: { readonly ciphertext: Stretch }, bytes: ByteSource): AsyncGenerator<Uint8Array>

  /** Decrypts what nothing verifies. */
  decryptRange(
    range: { readonly ciphertext: Stretch; readonly plaintext: Stretch },
    bytes: ByteSource,
  ): AsyncGenerator<Uint8Array>

  /**
   * Says that every stretch of the whole is through.
   *
   * @throws IntegrityError when they are not the body that was written.
   */
  finish(): Promise<void>

  /** Forgets which stretches are through, so that all of them can be read again. */
  restart(): void

  /** Forgets the keys. */
  dispose(): void
}
